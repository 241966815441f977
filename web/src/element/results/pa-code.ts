/** Shows the code of a step: highlighted, folded when long, with a copy button. */
import { css, html } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { highlightStyles } from "../../render/highlight";
import { icon } from "../look/icons";
import { card } from "../look/layout";
import { base, buttons } from "../look/theme";
import { InTurn } from "../look/turns";
import { CodeDrawing, codeStyles } from "./code_drawing";
import "./pa-copy";
import { DRAWN_CHARS, restOf, restStyles } from "./rest";

/** Longer code starts folded to its first lines. */
const FOLD_LINES = 24;
/** The number of characters by which the drawn end of growing code moves. */
const STRIDE_CHARS = 20_000;

@customElement("pa-code")
export class PaCode extends InTurn {
  @property() code = "";
  @property() language = "python";
  /** Whether the code still grows. Then its end is shown, and it is not folded. */
  @property({ type: Boolean }) streaming = false;
  @state() private unfolded = false;
  @query("code") private root!: HTMLElement;
  private drawing: CodeDrawing | null = null;

  /** The part of the code that is drawn. */
  private get drawn(): string {
    const { code, streaming } = this;
    if (!streaming || code.length <= DRAWN_CHARS) return code.slice(0, DRAWN_CHARS);
    // Not the last characters exactly: with each new one, everything would be drawn anew.
    return code.slice(Math.ceil((code.length - DRAWN_CHARS) / STRIDE_CHARS) * STRIDE_CHARS);
  }

  protected override updated(): void {
    this.drawing ??= new CodeDrawing(this.root);
    const language = this.code.length > DRAWN_CHARS ? "" : this.language;
    this.drawing.draw(this.drawn, language);
  }

  /** Resolves when all is drawn. */
  protected override async getUpdateComplete(): Promise<boolean> {
    const complete = await super.getUpdateComplete();
    await this.drawing?.done;
    return complete;
  }

  protected override render() {
    const { code, streaming } = this;
    const lines = this.drawn.split("\n").length;
    const long = !streaming && lines > FOLD_LINES;
    const folded = long && !this.unfolded;
    return html`
      <div class="bar">
        <span>${this.language === "python" ? "Python" : this.language}</span>
        <pa-copy .text=${this.code} what="code"></pa-copy>
      </div>
      <pre class=${folded ? "folded" : ""} tabindex="0" aria-label="Code"><code></code></pre>
      ${streaming ? "" : restOf(code, "code")}
      ${
        long
          ? html`<button class="more" aria-expanded=${!folded} @click=${this.toggle}>
              ${icon("chevron", 14)} ${folded ? `Show all ${lines} lines` : "Show less"}
            </button>`
          : ""
      }
    `;
  }

  private toggle(): void {
    this.unfolded = !this.unfolded;
  }

  static override styles = [
    base,
    restStyles,
    buttons,
    card,
    highlightStyles,
    codeStyles,
    css`
      :host {
        background: var(--pyagent-code);
      }
      pre {
        margin: 0;
        padding: 2px 14px 12px;
        overflow-x: auto;
        font-family: var(--pyagent-mono);
        font-size: 13px;
        line-height: 1.55;
        tab-size: 4;
      }
      pre:focus-visible {
        outline-offset: -2px;
      }
      pre.folded {
        max-height: 300px;
        overflow-y: hidden;
        mask-image: linear-gradient(#000 75%, transparent);
      }
      .more {
        display: flex;
        align-items: center;
        gap: 6px;
        width: 100%;
        padding: 8px 12px;
        font-size: 13px;
        color: var(--pyagent-muted);
      }
      .more:hover {
        color: var(--pyagent-text);
      }
      .more[aria-expanded="true"] svg {
        rotate: -90deg;
      }
      .more[aria-expanded="false"] svg {
        rotate: 90deg;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-code": PaCode;
  }
}
