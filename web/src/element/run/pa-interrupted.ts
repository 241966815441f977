/** Says that a run was interrupted, and offers to go on. */
import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { icon } from "../look/icons";
import { base, buttons } from "../look/theme";

/**
 * @fires resume - The person wants the run to go on.
 * @fires retry - The person wants the task to begin again.
 */
@customElement("pa-interrupted")
export class PaInterrupted extends LitElement {
  /** The number of steps that ended. */
  @property({ type: Number }) steps = 0;
  /** Whether the run can go on where it was. */
  @property({ type: Boolean }) resumable = false;
  /** Whether the task can begin again. */
  @property({ type: Boolean }) retryable = false;

  protected override render() {
    const after = this.steps ? ` after step ${this.steps}` : " before its first step ended";
    return html`<p>
      ${icon("alert", 16)}
      <span role="status">
        This task was interrupted${after}.
        ${this.resumable ? "What was done until then is kept and is not done again." : ""}
      </span>
      ${this.button()}
    </p>`;
  }

  private button() {
    if (this.resumable) {
      return html`<button class="button primary" @click=${() => this.send("resume")}>
        Continue
      </button>`;
    }
    if (!this.retryable) return "";
    return html`<button class="button" @click=${() => this.send("retry")}>Run it again</button>`;
  }

  private send(name: string): void {
    this.dispatchEvent(new CustomEvent(name));
  }

  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: block;
      }
      p {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 10px;
        margin: 0;
        padding: 10px 10px 10px 14px;
        border-radius: var(--pyagent-radius);
        background: var(--pyagent-accent-soft);
        font-size: 14px;
        line-height: 1.45;
      }
      svg {
        color: var(--pyagent-accent);
      }
      span {
        flex: 1 1 220px;
        text-wrap: pretty;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-interrupted": PaInterrupted;
  }
}
