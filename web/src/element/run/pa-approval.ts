/** Asks the person whether a tool may run, and shows its arguments. */
import { css, html } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import type { Verdict } from "../../api/session";
import { icon } from "../look/icons";
import { base, buttons, fields } from "../look/theme";
import type { ToolItem } from "../state/run";
import { OpenQuestion, questionStyles } from "./open_question";

/**
 * No single key answers the question.
 *
 * @fires verdict - The person's decision, a `Verdict` in `detail`; bubbles out of all shadow trees.
 */
@customElement("pa-approval")
export class PaApproval extends OpenQuestion {
  @property({ attribute: false }) call!: ToolItem;
  @query("input") private reason!: HTMLInputElement;

  protected override render() {
    const { name, args, reason } = this.call;
    const given = Object.entries(args);
    return html`<div
      role="alertdialog"
      aria-labelledby="question"
      aria-describedby="reason arguments"
      tabindex="-1"
      @focusin=${this.onFocus}
    >
      <p id="question">
        ${icon("hand", 18)} <span>May <b>${name}</b> run?</span>
      </p>
      ${reason && html`<p id="reason">${reason}</p>`}
      <div id="arguments">
        ${
          given.length
            ? html`<dl>
                ${given.map(
                  ([key, value]) =>
                    html`<dt>${key}</dt>
                      <dd>${readable(value)}</dd>`,
                )}
              </dl>`
            : html`<p class="none">It has no arguments.</p>`
        }
      </div>
      <div class="actions">
        <button class="button primary" @click=${() => this.answer(true)}>Allow</button>
        <button class="button" @click=${() => this.answer(false)}>Don’t allow</button>
        <input
          aria-label="Reason for the model, if you do not allow it"
          placeholder="Why not? (optional)"
          autocomplete="off"
          @keydown=${this.onKey}
        />
      </div>
    </div>`;
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key === "Enter" && !event.isComposing) this.answer(false);
  }

  private answer(allowed: boolean): void {
    const { runId, callId } = this.call;
    const reason = allowed ? "" : this.reason.value.trim();
    const detail: Verdict = { run_id: runId, call_id: callId, allowed, reason };
    this.dispatchEvent(new CustomEvent("verdict", { detail, bubbles: true, composed: true }));
  }

  static override styles = [
    base,
    buttons,
    fields,
    questionStyles,
    css`
      #reason {
        margin: 0 0 8px;
        font-size: 13.5px;
      }
      .none {
        font-size: 13.5px;
        color: var(--pyagent-muted);
      }
      dl {
        display: grid;
        grid-template-columns: fit-content(35%) minmax(0, 1fr);
        gap: 6px 14px;
        max-height: 320px;
        margin: 0;
        padding: 10px 14px;
        overflow: auto;
        border-radius: var(--pyagent-radius-small);
        background: var(--pyagent-background);
        font-size: 13.5px;
        line-height: 1.5;
      }
      dt {
        overflow-wrap: anywhere;
        font-family: var(--pyagent-mono);
        font-size: 12.5px;
        line-height: 20px;
        color: var(--pyagent-muted);
      }
      dd {
        margin: 0;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
    `,
  ];
}

/** Returns text as it is, and everything else as JSON. */
function readable(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-approval": PaApproval;
  }
}
