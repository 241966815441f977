/** Shows what went wrong and what to do, with a button for it. */
import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Problem } from "../../protocol";
import type { SettingsPage } from "../../settings/settings";
import { icon } from "../look/icons";
import { base, buttons } from "../look/theme";

/** The kinds of `AgentError` and `SessionError` that a change of the settings can fix, with the
 *  page of the settings to open; null means the page of the model in use. */
const MENDED_AT: Record<string, SettingsPage | null> = {
  no_model: null,
  no_key: "endpoint",
  wrong_key: "endpoint",
  unreachable: null,
  wrong_url: "endpoint",
  quota: null,
  rate_limited: null,
  context_overflow: null,
  does_not_fit: "local",
  no_storage: "local",
  max_steps: "agent",
  limit: "agent",
  deadline: "agent",
};

/**
 * @fires settings - The person wants to change the settings, at the page in `detail`.
 * @fires retry - The person wants to try again.
 */
@customElement("pa-problem")
export class PaProblem extends LitElement {
  @property({ attribute: false }) problem!: Problem;
  /** Whether to offer to try again. */
  @property({ type: Boolean }) retryable = false;
  /** Whether to leave out the buttons. */
  @property({ type: Boolean }) plain = false;

  protected override render() {
    const { kind, message, advice } = this.problem;
    const settings = !this.plain && kind in MENDED_AT;
    return html`
      ${icon("alert", 18)}
      <div role="alert">
        <p>${message}</p>
        ${advice ? html`<p class="advice">${advice}</p>` : ""}
      </div>
      <div class="actions">
        ${settings ? this.button("settings", "Open settings", MENDED_AT[kind]) : ""}
        ${this.retryable ? this.button("retry", "Try again") : ""}
      </div>
    `;
  }

  private button(event: string, label: string, detail?: SettingsPage | null) {
    const send = () => this.dispatchEvent(new CustomEvent(event, { detail }));
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
        white-space: pre-line; /* what a server or an exception says can have several lines */
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
