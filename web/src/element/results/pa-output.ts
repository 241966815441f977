/** Shows what code printed, like a terminal: it follows the end, and stays small unless opened. */
import { css, html } from "lit";
import type { PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { count } from "../../render/format";
import { card } from "../look/layout";
import { base, buttons } from "../look/theme";
import { InTurn } from "../look/turns";
import { linesOf, linesStyles } from "./lines";
import "./pa-copy";

@customElement("pa-output")
export class PaOutput extends InTurn {
  @property() text = "";
  @property() stream: "stdout" | "stderr" = "stdout";
  @property() label = "Output";
  /** The number of characters before `text` that were not kept. */
  @property({ type: Number }) dropped = 0;
  @state() private whole = false;
  @state() private overflows = false;
  @query("pre") private pre!: HTMLPreElement;
  @query("pre > div") private content!: HTMLElement;

  private follows = true;
  /** Tells when the text has another height: asking for it after each piece would have the browser
   *  lay out the whole page each time. */
  private readonly growth = new ResizeObserver(() => this.onGrowth());

  protected override render() {
    return html`
      <div class="bar">
        <span>${this.stream === "stderr" ? "Errors and warnings" : this.label}</span>
        <pa-copy .text=${this.text} what="output"></pa-copy>
      </div>
      ${
        this.dropped
          ? html`<p>${count(this.dropped)} characters before this were not kept.</p>`
          : ""
      }
      <pre
        class=${this.whole ? "whole" : ""}
        tabindex="0"
        aria-label="Output"
        @scroll=${this.onScroll}
      ><div>${linesOf(this.text.replace(/\n$/, ""))}</div></pre>
      ${
        this.overflows || this.whole
          ? html`<button class="more" aria-expanded=${this.whole} @click=${this.toggle}>
              ${this.whole ? "Show less" : "Show all"}
            </button>`
          : ""
      }
    `;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.growth.observe(this.content);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.growth.disconnect();
  }

  protected override firstUpdated(): void {
    this.growth.observe(this.content);
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.get("whole") === true) this.follow();
  }

  private onGrowth(): void {
    if (this.whole) return;
    this.follow();
    const overflows = this.pre.scrollHeight > this.pre.clientHeight + 1;
    // Not now: the page is being laid out.
    if (overflows !== this.overflows) requestAnimationFrame(() => (this.overflows = overflows));
  }

  private follow(): void {
    if (this.follows) this.pre.scrollTop = this.pre.scrollHeight;
  }

  private toggle(): void {
    this.whole = !this.whole;
  }

  private onScroll(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.pre;
    this.follows = scrollHeight - scrollTop - clientHeight < 8;
  }

  static override styles = [
    base,
    buttons,
    card,
    linesStyles,
    css`
      :host {
        background: var(--pyagent-surface);
      }
      :host([stream="stderr"]) {
        border-color: color-mix(in srgb, var(--pyagent-warning) 35%, transparent);
      }
      p {
        margin: 0;
        padding: 0 14px 6px;
        font-size: 12px;
        color: var(--pyagent-muted);
      }
      pre {
        margin: 0;
        padding: 0 14px 12px;
        max-height: 240px;
        overflow: auto;
        font-family: var(--pyagent-mono);
        font-size: 13px;
        line-height: 1.5;
        overscroll-behavior: auto;
      }
      pre.whole {
        max-height: none;
      }
      pre:focus-visible {
        outline-offset: -2px;
      }
      .more {
        width: 100%;
        padding: 8px 12px;
        border-top: 1px solid var(--pyagent-border);
        font-size: 13px;
        color: var(--pyagent-muted);
        text-align: left;
      }
      .more:hover {
        color: var(--pyagent-text);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-output": PaOutput;
  }
}
