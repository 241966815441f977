/** Shows progress: a line of text and a thin bar. */
import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Progress } from "../../api/session";
import { bytes, count, plural } from "../../render/format";
import { base } from "../look/theme";

@customElement("pa-progress")
export class PaProgress extends LitElement {
  @property({ attribute: false }) progress!: Progress;

  protected override render() {
    const { loaded, total } = this.progress;
    return html`
      <p>${progressText(this.progress)}</p>
      ${
        total
          ? html`<progress aria-label="Loading" max=${total} .value=${loaded}></progress>`
          : html`<progress aria-label="Loading"></progress>`
      }
    `;
  }

  static override styles = [
    base,
    css`
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

/** `Downloading Qwen · 120 MB of 491 MB`. */
export function progressText({ stage, label, loaded, total }: Progress): string {
  if (!loaded) return label;
  if (stage === "warmup") return `${label} · ${count(loaded)} of ${plural(total ?? 0, "token")}`;
  return `${label} · ${bytes(loaded)}${total ? ` of ${bytes(total)}` : ""}`;
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
