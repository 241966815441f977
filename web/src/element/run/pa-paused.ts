/** Says that a run waits for the network, and offers to try now or to stop. */
import { html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { banner, warning } from "../look/banner";
import { icon } from "../look/icons";
import { base, buttons } from "../look/theme";

/**
 * @fires try-now - The person wants the run to try again at once.
 * @fires stop - The person wants to stop the run.
 */
@customElement("pa-paused")
export class PaPaused extends LitElement {
  @property() message = "";

  protected override render() {
    return html`<div class="banner">
      <div class="said">${icon("alert", 16)} <span role="status">${this.message}</span></div>
      <button class="button primary" @click=${() => this.tell("try-now")}>Try now</button>
      <button class="button" @click=${() => this.tell("stop")}>Stop</button>
    </div>`;
  }

  private tell(type: "try-now" | "stop"): void {
    this.dispatchEvent(new CustomEvent(type));
  }

  static override styles = [base, buttons, banner, warning];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-paused": PaPaused;
  }
}
