/** Asks the person what code wants to know: its `input()` or `getpass()`. */
import { css, html } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import type { Reply } from "../../api/session";
import { icon } from "../look/icons";
import { base, buttons, fields } from "../look/theme";
import type { ToolItem } from "../state/run";
import { OpenQuestion, questionStyles } from "./open_question";

/**
 * Enter answers. The text is the code's, so it says so: a person must not take it for the page's.
 *
 * @fires reply - The person's answer, a `Reply` in `detail`; bubbles out of all shadow trees.
 */
@customElement("pa-question")
export class PaQuestion extends OpenQuestion {
  @property({ attribute: false }) call!: ToolItem;
  @query("input") private field!: HTMLInputElement;

  protected override render() {
    const { prompt, secret } = this.call.question!;
    return html`<div
      role="alertdialog"
      aria-labelledby="question"
      aria-describedby="prompt"
      tabindex="-1"
      @focusin=${this.onFocus}
    >
      <p id="question">${icon("hand", 18)} <span>The code asks you:</span></p>
      <p id="prompt">${prompt.trim() || "?"}</p>
      ${secret ? html`<p class="note">What you type is not shown, and only the code gets it.</p>` : ""}
      <div class="actions">
        <input
          type=${secret ? "password" : "text"}
          aria-label="Answer"
          autocomplete=${secret ? "new-password" : "off"}
          @keydown=${this.onKey}
        />
        <button class="button primary" @click=${() => this.answer(this.field.value)}>Answer</button>
        <button class="button" @click=${() => this.answer(null)}>Don’t answer</button>
      </div>
    </div>`;
  }

  protected override get target(): HTMLElement {
    return this.field;
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key === "Enter" && !event.isComposing) this.answer(this.field.value);
  }

  private answer(text: string | null): void {
    const { runId, callId } = this.call;
    const detail: Reply = { run_id: runId, call_id: callId, text };
    this.dispatchEvent(new CustomEvent("reply", { detail, bubbles: true, composed: true }));
  }

  static override styles = [
    base,
    buttons,
    fields,
    questionStyles,
    css`
      #prompt {
        max-height: 320px;
        padding: 10px 14px;
        overflow: auto;
        border-radius: var(--pyagent-radius-small);
        background: var(--pyagent-background);
        font-size: 14px;
        line-height: 1.5;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .note {
        font-size: 13px;
        color: var(--pyagent-muted);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-question": PaQuestion;
  }
}
