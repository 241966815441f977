/** Says that another tab writes the conversation, which this one only shows. */
import { html, LitElement } from "lit";
import { customElement } from "lit/decorators.js";
import { banner } from "../look/banner";
import { icon } from "../look/icons";
import { base, buttons } from "../look/theme";

/**
 * @fires take - The person wants to go on here.
 * @fires new - The person wants a new conversation here.
 */
@customElement("pa-followed")
export class PaFollowed extends LitElement {
  protected override render() {
    return html`<div class="banner">
      <div class="said">
        ${icon("window", 16)}
        <span role="status"
          >This conversation is open in another tab. This one shows what happens there.</span
        >
      </div>
      <button class="button" @click=${() => this.send("new")}>New one</button>
      <button class="button primary" @click=${() => this.send("take")}>Go on here</button>
    </div>`;
  }

  private send(name: string): void {
    this.dispatchEvent(new CustomEvent(name));
  }

  static override styles = [base, buttons, banner];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-followed": PaFollowed;
  }
}
