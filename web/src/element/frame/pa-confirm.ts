/** Asks the person before something is lost. */
import { css, html, LitElement } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { base, buttons } from "../look/theme";

@customElement("pa-confirm")
export class PaConfirm extends LitElement {
  @property() question = "";
  @property() consequence = "";
  @property() action = "";
  @query("dialog") private dialog!: HTMLDialogElement;

  /** Resolves with true when the person agrees, else with false. */
  async ask(): Promise<boolean> {
    this.dialog.returnValue = "";
    this.dialog.showModal();
    await new Promise((resolve) => this.dialog.addEventListener("close", resolve, { once: true }));
    return this.dialog.returnValue === "yes";
  }

  protected override render() {
    return html`<dialog aria-labelledby="question">
      <form method="dialog">
        <h2 id="question">${this.question}</h2>
        <p>${this.consequence}</p>
        <div>
          <button class="button" value="">Cancel</button>
          <button class="button primary" value="yes" autofocus>${this.action}</button>
        </div>
      </form>
    </dialog>`;
  }

  static override styles = [
    base,
    buttons,
    css`
      dialog {
        max-width: min(420px, 100vw - 32px);
        padding: 22px;
        border: 1px solid var(--pyagent-border);
        border-radius: 16px;
        background: var(--pyagent-background);
        color: var(--pyagent-text);
        box-shadow: 0 16px 48px var(--pyagent-shadow);
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 40%);
      }
      h2 {
        margin: 0 0 8px;
        font-size: 17px;
      }
      p {
        margin: 0 0 20px;
        font-size: 14.5px;
        line-height: 1.5;
        color: var(--pyagent-muted);
      }
      div {
        display: flex;
        justify-content: flex-end;
        gap: 8px;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-confirm": PaConfirm;
  }
}
