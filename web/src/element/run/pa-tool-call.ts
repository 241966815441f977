/** Shows a tool call as a row that opens, or the managed agent's run that it started. */
import { css, html } from "lit";
import { customElement, property } from "lit/decorators.js";
import { duration } from "../../render/format";
import { jsonLine, jsonStart } from "../../render/json_text";
import { icon, type IconName } from "../look/icons";
import { base } from "../look/theme";
import { InTurn } from "../look/turns";
import type { ToolItem } from "../state/run";
import "./pa-approval";
import "./pa-question";
import "./pa-managed-run";

const PREVIEW_CHARS = 80;
/** The number of characters from which a preview is made. */
const SHORTENED_CHARS = 2_000;
/** The most characters of arguments that are shown. */
const ARGUMENT_CHARS = 20_000;

@customElement("pa-tool-call")
export class PaToolCall extends InTurn {
  @property({ attribute: false }) call!: ToolItem;

  protected override render() {
    const { name, args, preview, error, approval, stopped, run } = this.call;
    if (run) return html`<pa-managed-run .run=${run}></pa-managed-run>`;
    if (approval === "asked" && !stopped) {
      return this.call.question
        ? html`<pa-question .call=${this.call}></pa-question>`
        : html`<pa-approval .call=${this.call}></pa-approval>`;
    }
    const outcome = error ? error.message : preview;
    return html`
      <details class=${error ? "failed" : ""}>
        <summary>
          <span class="icon">${icon(iconOf(this.call), 15)}</span>
          <span class="call"><b>${name}</b>(${short(callText(args))})</span>
          <span class="seconds">${stateOf(this.call)}</span>
        </summary>
        <pre tabindex="0" aria-label="Arguments">${argumentsText(args)}</pre>
        ${outcome ? html`<pre tabindex="0" aria-label="Outcome">${outcome}</pre>` : ""}
      </details>
      ${outcome ? html`<p>${error ? `${error.type}: ` : "→ "}${short(outcome)}</p>` : ""}
    `;
  }

  static override styles = [
    base,
    css`
      :host {
        display: block;
        font-size: 13px;
        color: var(--pyagent-muted);
      }
      summary {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 28px;
        cursor: pointer;
        list-style: none;
        border-radius: 6px;
      }
      summary::-webkit-details-marker {
        display: none;
      }
      .icon {
        display: inline-flex;
      }
      .failed .icon {
        color: var(--pyagent-danger);
      }
      .call {
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        font-family: var(--pyagent-mono);
        font-size: 12.5px;
      }
      b {
        font-weight: 600;
        color: var(--pyagent-text);
      }
      .seconds {
        margin-left: auto;
        white-space: nowrap;
        font-variant-numeric: tabular-nums;
      }
      p {
        margin: 0 0 0 23px;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      details[open] + p {
        display: none;
      }
      pre {
        margin: 4px 0 8px 23px;
        padding: 8px 12px;
        max-height: 200px;
        overflow: auto;
        border-radius: var(--pyagent-radius-small);
        background: var(--pyagent-surface);
        font-family: var(--pyagent-mono);
        font-size: 12.5px;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
    `,
  ];
}

function iconOf({ error, approval }: ToolItem): IconName {
  if (approval === "refused") return "hand";
  return error ? "alert" : "tool";
}

function stateOf({ seconds, stopped, approval }: ToolItem): string {
  const word = { allowed: "allowed", refused: "not allowed", asked: "" }[approval ?? "asked"];
  const time = seconds === null ? (stopped ? "stopped" : "running…") : duration(seconds);
  // A refused call took only the time of the question.
  return approval === "refused" ? word : [word, time].filter(Boolean).join(" · ");
}

function callText(args: Record<string, unknown>): string {
  const pairs = Object.entries(args).slice(0, PREVIEW_CHARS);
  return pairs.map(([name, value]) => `${name}=${jsonLine(value, SHORTENED_CHARS)}`).join(", ");
}

function argumentsText(args: Record<string, unknown>): string {
  const { text, whole } = jsonStart(args, ARGUMENT_CHARS);
  return whole ? text : `${text}…`;
}

function short(text: string): string {
  const line = text.slice(0, SHORTENED_CHARS).replace(/\s+/g, " ").trim();
  return line.length > PREVIEW_CHARS ? `${line.slice(0, PREVIEW_CHARS)}…` : line;
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-tool-call": PaToolCall;
  }
}
