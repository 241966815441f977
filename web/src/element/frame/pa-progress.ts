/** Shows progress: a line of text and a thin bar. */
import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Progress } from "../../api/session";
import { bytes, count, plural, timeLeft } from "../../render/format";
import { base, buttons } from "../look/theme";

/** @fires stop - The person wants to stop what is loading. */
@customElement("pa-progress")
export class PaProgress extends LitElement {
  @property({ attribute: false }) progress!: Progress;
  /** Whether the person can stop it here. */
  @property({ type: Boolean }) stoppable = false;

  protected override render() {
    const { loaded, total, note } = this.progress;
    return html`
      <div class="line">
        <p>${progressText(this.progress)}</p>
        ${
          this.stoppable
            ? html`<button
                type="button"
                aria-label="Stop loading"
                @click=${() => this.dispatchEvent(new Event("stop"))}
              >
                Stop
              </button>`
            : ""
        }
      </div>
      ${note ? html`<p>${note}</p>` : ""}
      ${
        total
          ? html`<progress aria-label="Loading" max=${total} .value=${loaded}></progress>`
          : html`<progress aria-label="Loading"></progress>`
      }
    `;
  }

  static override styles = [
    base,
    buttons,
    css`
      .line {
        display: flex;
        gap: 12px;
        justify-content: space-between;
        align-items: baseline;
      }
      button {
        padding: 2px 4px;
        font-weight: 500;
        text-decoration: underline;
        text-underline-offset: 2px;
      }
      :host {
        display: grid;
        gap: 6px;
        font-size: 12.5px;
        color: var(--pyagent-muted);
        font-variant-numeric: tabular-nums;
      }
      p {
        margin: 0;
      }
      progress {
        appearance: none;
        width: 100%;
        height: 4px;
        border: 0;
        border-radius: 2px;
        overflow: hidden;
        background: var(--pyagent-hover);
      }
      progress::-webkit-progress-bar {
        background: var(--pyagent-hover);
      }
      progress::-webkit-progress-value {
        background: var(--pyagent-accent);
        transition: width 0.2s;
      }
      progress::-moz-progress-bar {
        background: var(--pyagent-accent);
      }
    `,
  ];
}

/** `Downloading Qwen · 120 MB of 491 MB · 3.1 MB/s · about 2 min left`. */
export function progressText(progress: Progress): string {
  const { stage, label, loaded, total, bytesPerSecond } = progress;
  if (!loaded) return label;
  if (stage === "warmup") return `${label} · ${count(loaded)} of ${plural(total ?? 0, "token")}`;
  const facts = [label, `${bytes(loaded)}${total ? ` of ${bytes(total)}` : ""}`];
  if (stage === "packages" && total) facts.push(`${Math.floor((100 * loaded) / total)}\u00a0%`);
  if (bytesPerSecond) facts.push(`${bytes(bytesPerSecond)}/s`);
  if (bytesPerSecond && total && total > loaded) {
    facts.push(timeLeft((total - loaded) / bytesPerSecond));
  }
  return facts.join(" · ");
}

/** Returns how much of a local model is here, such as `38 %`; empty when none is loading. */
export function modelLoading(progress: Progress | null): string {
  if (progress?.stage !== "model") return "";
  const { loaded, total } = progress;
  return total ? `${Math.floor((100 * loaded) / total)}\u00a0%` : "loading…";
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-progress": PaProgress;
  }
}
