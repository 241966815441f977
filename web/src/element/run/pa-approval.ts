/** Asks the person whether a tool may run, and shows its arguments. */
import { css, html, LitElement } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import type { Verdict } from "../../api/session";
import { agentOf, focused, hostOf, isFocusNear, isWritten } from "../look/focus";
import { icon } from "../look/icons";
import { base, buttons, fields } from "../look/theme";
import type { ToolItem } from "../state/run";

/** The open questions, oldest first. */
const open = new Set<PaApproval>();

/** Returns the question that has the focus; null when none has. */
export function focusedQuestion(): PaApproval | null {
  const host = hostOf(focused());
  return host instanceof PaApproval ? host : null;
}

/**
 * The question takes the focus, so that a screen reader reads it out and the Tab key leads to its
 * buttons; no single key answers it. A person who is writing the next task keeps the focus; the
 * status line names the question too. When a question with the focus is settled, the focus goes to
 * the next question of the same element, and after the last one back to where it was.
 *
 * @fires verdict - The person's decision, a `Verdict` in `detail`; bubbles out of all shadow trees.
 */
@customElement("pa-approval")
export class PaApproval extends LitElement {
  @property({ attribute: false }) call!: ToolItem;
  @query("[role=alertdialog]") private dialog!: HTMLElement;
  @query("input") private reason!: HTMLInputElement;
  /** The element that had the focus before the questions. */
  private previous: HTMLElement | null = null;
  private hadFocus = false;
  private element: Element | null = null;

  protected override render() {
    const { name, args } = this.call;
    const given = Object.entries(args);
    return html`<div
      role="alertdialog"
      aria-labelledby="question"
      aria-describedby="arguments"
      tabindex="-1"
      @focusin=${() => (this.hadFocus = true)}
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

  override connectedCallback(): void {
    super.connectedCallback();
    this.element = agentOf(this);
    open.add(this);
  }

  protected override firstUpdated(): void {
    if (!isFocusNear(this)) return;
    const other = focusedQuestion();
    this.previous = other ? other.previous : focused();
    if (!other && !isWritten(this.previous)) this.dialog.focus();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    open.delete(this);
    if (!this.hadFocus || focused() !== null) return; // it left no focus behind
    const next = [...open].find(({ element }) => element === this.element);
    if (next) next.previous ??= this.previous;
    (next?.dialog ?? this.previous)?.focus();
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

/** Returns text as it is, and everything else as JSON. */
function readable(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-approval": PaApproval;
  }
}
