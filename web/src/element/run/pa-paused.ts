/** Says that a run waits for the network, and offers to try now or to stop. */
import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
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
    return html`<p>${icon("alert", 18)} <span role="status">${this.message}</span></p>
      <div class="actions">
        <button class="button primary" @click=${() => this.tell("try-now")}>Try now</button>
        <button class="button" @click=${() => this.tell("stop")}>Stop</button>
      </div>`;
  }

  private tell(type: "try-now" | "stop"): void {
    this.dispatchEvent(new CustomEvent(type));
  }

  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 10px 16px;
        padding: 12px 16px;
        border: 1px solid color-mix(in srgb, var(--pyagent-warning) 45%, transparent);
        border-radius: var(--pyagent-radius);
      }
      p {
        display: flex;
        align-items: center;
        gap: 10px;
        margin: 0;
        font-size: 15px;
        overflow-wrap: anywhere;
      }
      svg {
        flex: none;
        color: var(--pyagent-warning);
      }
      .actions {
        display: flex;
        gap: 8px;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-paused": PaPaused;
  }
}
