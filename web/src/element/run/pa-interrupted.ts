/** Says that a run was interrupted, and offers to go on. */
import { html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { count } from "../../render/format";
import { banner } from "../look/banner";
import { icon } from "../look/icons";
import { base, buttons } from "../look/theme";

/**
 * @fires resume - The person wants the run to go on.
 * @fires retry - The person wants the task to begin again.
 */
@customElement("pa-interrupted")
export class PaInterrupted extends LitElement {
  /** The number of steps that ended; for a batch, of tasks. */
  @property({ type: Number }) ended = 0;
  /** How many tasks a batch has, in words; empty for a task of its own. */
  @property() batch = "";
  /** Whether all tasks of a batch ended. */
  @property({ type: Boolean }) complete = false;
  /** Whether the run can go on where it was. */
  @property({ type: Boolean }) resumable = false;
  /** Whether the task can begin again. */
  @property({ type: Boolean }) retryable = false;

  protected override render() {
    return html`<div class="banner">
      <div class="said">
        ${icon("alert", 16)}
        <span role="status">${this.batch ? this.ofBatch() : this.ofTask()}</span>
      </div>
      ${this.button()}
    </div>`;
  }

  private ofTask(): string {
    const { ended, resumable } = this;
    const after = ended ? ` after step ${ended}` : " before its first step ended";
    const kept = resumable ? " What was done until then is kept and is not done again." : "";
    return `This task was interrupted${after}.${kept}`;
  }

  /** A batch is not gone on with: the page that gave it has its tasks. */
  private ofBatch(): string {
    const { ended, batch } = this;
    if (!ended) {
      return `This batch of ${batch} was interrupted before the first one ended. Give it again.`;
    }
    if (this.complete) return `This batch was interrupted after all of its tasks had ended.`;
    const done = `This batch was interrupted: ${count(ended)} of ${batch} ended, and what they gave is kept.`;
    return `${done} The others are not gone on with; give them again.`;
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

  static override styles = [base, buttons, banner];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-interrupted": PaInterrupted;
  }
}
