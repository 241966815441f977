/** Says that a new version of the page is ready. It is loaded only when the person agrees. */
import { html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { banner } from "../look/banner";
import { icon } from "../look/icons";
import { base, buttons } from "../look/theme";

/** @fires update - The person wants the new version. */
@customElement("pa-update")
export class PaUpdate extends LitElement {
  /** Whether there is a conversation that loading the page ends. */
  @property({ type: Boolean }) conversing = false;

  protected override render() {
    const ends = "Reloading ends this conversation; download what you need first.";
    return html`<div class="banner">
      <div class="said">
        ${icon("download", 16)}
        <span role="status">A new version is ready. ${this.conversing ? ends : ""}</span>
      </div>
      <button class="button" @click=${() => this.dispatchEvent(new CustomEvent("update"))}>
        Reload
      </button>
    </div>`;
  }

  static override styles = [base, buttons, banner];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-update": PaUpdate;
  }
}
