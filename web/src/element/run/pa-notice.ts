/** Shows a notice of a run. One about a failed request counts down to the next one. */
import { css, html, LitElement } from "lit";
import type { PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { duration } from "../../render/format";
import { icon } from "../look/icons";
import { base } from "../look/theme";
import type { NoticeItem, Retry } from "../state/run";

@customElement("pa-notice")
export class PaNotice extends LitElement {
  @property({ attribute: false }) notice!: NoticeItem;
  /** The seconds until the model is asked again. */
  @state() private left = 0;
  private timer: ReturnType<typeof setInterval> | undefined;
  private end = 0;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("notice")) this.count();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  private count(): void {
    clearInterval(this.timer);
    const { retry } = this.notice;
    if (!retry || retry.over) return;
    this.end = performance.now() + retry.inS * 1000;
    this.left = retry.inS;
    this.timer = setInterval(() => {
      this.left = Math.max(0, (this.end - performance.now()) / 1000);
      if (!this.left) clearInterval(this.timer);
    }, 250);
  }

  protected override render() {
    const { level, message, retry } = this.notice;
    return html`<p class=${level}>
      ${level === "warning" ? icon("alert", 15) : ""}
      <span>${message} ${retry ? this.next(retry) : ""}</span>
    </p>`;
  }

  private next({ times, over }: Retry) {
    const failed = times > 1 ? `Failed ${times} times. ` : "";
    if (over) return failed;
    const left = Math.ceil(this.left);
    const text = left
      ? `Trying again in ${left < 10 ? `${left} s` : duration(left)}.`
      : "Trying again…";
    return html`${failed}<span class="left">${text}</span>`;
  }

  static override styles = [
    base,
    css`
      :host {
        display: block;
      }
      p {
        display: flex;
        gap: 7px;
        margin: 0;
        font-size: 13.5px;
        line-height: 1.45;
        overflow-wrap: anywhere;
        white-space: pre-line;
        color: var(--pyagent-muted);
      }
      svg {
        margin-top: 2px;
      }
      .warning {
        color: var(--pyagent-warning);
      }
      .left {
        white-space: nowrap;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-notice": PaNotice;
  }
}
