/** What went wrong, what to do, and the button that does it. */
import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Problem } from "../protocol";
import { icon } from "./icons";
import { base, buttons } from "./theme";

/** Kinds of `AgentError` and `SessionError` that a change of the settings can mend. */
const IN_SETTINGS = new Set([
  "no_model",
  "no_key",
  "wrong_key",
  "unreachable",
  "rate_limited",
  "context_overflow",
  "does_not_fit",
  "no_storage",
]);

/**
 * @fires settings - The person wants to change the settings.
 * @fires retry - The person wants to try again.
 */
@customElement("pa-problem")
export class PaProblem extends LitElement {
  @property({ attribute: false }) problem!: Problem;
  /** Whether trying again can be offered. */
  @property({ type: Boolean }) retryable = false;
  /** Without buttons. */
  @property({ type: Boolean }) plain = false;

  protected override render() {
    const { kind, message, advice } = this.problem;
    const settings = !this.plain && IN_SETTINGS.has(kind);
    return html`
      ${icon("alert", 18)}
      <div role="alert">
        <p>${message}</p>
        ${advice ? html`<p class="advice">${advice}</p>` : ""}
      </div>
      <div class="actions">
        ${settings ? this.button("settings", "Open settings") : ""}
        ${this.retryable ? this.button("retry", "Try again") : ""}
      </div>
    `;
  }

  private button(event: string, label: string) {
    const send = () => this.dispatchEvent(new Event(event));
    return html`<button class="button" @click=${send}>${label}</button>`;
  }

  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 4px 10px;
        padding: 14px 16px;
        border: 1px solid color-mix(in srgb, var(--pyagent-danger) 30%, transparent);
        border-radius: var(--pyagent-radius);
        background: var(--pyagent-danger-soft);
        font-size: 14.5px;
        line-height: 1.45;
      }
      svg {
        margin-top: 1px;
        color: var(--pyagent-danger);
      }
      p {
        margin: 0;
        overflow-wrap: anywhere;
      }
      .advice {
        margin-top: 3px;
        color: var(--pyagent-muted);
      }
      .actions {
        grid-column: 2;
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .button {
        margin-top: 8px;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-problem": PaProblem;
  }
}
