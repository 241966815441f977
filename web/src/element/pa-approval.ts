/** Asks the person whether a tool may run: which one, with what, yes or no. */
import { css, html, LitElement } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import type { Verdict } from "../session_api";
import { focused, isFocusNear } from "./focus";
import { icon } from "./icons";
import type { ToolItem } from "./run_state";
import { base, buttons, fields } from "./theme";

/**
 * It takes the focus, so that a screen reader reads it out and its buttons are the next stops of
 * the Tab key; no key answers by itself. The focus goes back when the question is settled.
 *
 * @fires verdict - The person's word, a `Verdict` in `detail`; bubbles out of all shadow trees.
 */
@customElement("pa-approval")
export class PaApproval extends LitElement {
  @property({ attribute: false }) call!: ToolItem;
  @query("[role=alertdialog]") private dialog!: HTMLElement;
  @query("input") private reason!: HTMLInputElement;
  private previous: HTMLElement | null = null;

  protected override render() {
    const { name, args } = this.call;
    const given = Object.entries(args);
    return html`<div
      role="alertdialog"
      aria-labelledby="question"
      aria-describedby="arguments"
      tabindex="-1"
    >
      <p id="question">
        ${icon("hand", 18)} <span>May <b>${name}</b> run?</span>
      </p>
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
            : html`<p class="none">It is called without arguments.</p>`
        }
      </div>
      <div class="actions">
        <button class="button primary" @click=${() => this.answer(true)}>Allow</button>
        <button class="button" @click=${() => this.answer(false)}>Don’t allow</button>
        <input
          aria-label="Reason, for the model, if it may not run"
          placeholder="Why not? (optional)"
          autocomplete="off"
          @keydown=${this.onKey}
        />
      </div>
    </div>`;
  }

  protected override firstUpdated(): void {
    this.previous = focused();
    const inOther = (this.previous?.getRootNode() as ShadowRoot | undefined)?.host;
    if (!(inOther instanceof PaApproval) && isFocusNear(this)) this.dialog.focus();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // Nothing has the focus once its element is gone.
    if (focused() === null) this.previous?.focus();
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
    css`
      :host {
        display: block;
        margin: 4px 0 8px;
        color: var(--pyagent-text);
      }
      [role="alertdialog"] {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 12px;
        padding: 14px 16px;
        border: 1px solid color-mix(in srgb, var(--pyagent-accent) 45%, transparent);
        border-radius: var(--pyagent-radius);
        background: var(--pyagent-accent-soft);
      }
      p {
        margin: 0;
      }
      #question {
        display: flex;
        align-items: center;
        gap: 10px;
        font-size: 15px;
      }
      #question span {
        overflow-wrap: anywhere;
      }
      b {
        font-family: var(--pyagent-mono);
        font-size: 14px;
      }
      #question svg {
        color: var(--pyagent-accent);
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
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .actions input {
        flex: 1 1 160px;
        width: auto;
        min-height: 36px;
        padding-block: 6px;
        font-size: 14px;
      }
    `,
  ];
}

/** A text as it is; everything else as JSON. */
function readable(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-approval": PaApproval;
  }
}
