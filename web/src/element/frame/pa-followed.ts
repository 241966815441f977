/** Says that another tab writes the conversation, which this one only shows. */
import { css, html, LitElement } from "lit";
import { customElement } from "lit/decorators.js";
import { icon } from "../look/icons";
import { base, buttons } from "../look/theme";

/**
 * @fires take - The person wants to go on here.
 * @fires new - The person wants a new conversation here.
 */
@customElement("pa-followed")
export class PaFollowed extends LitElement {
  protected override render() {
    return html`<p>
      ${icon("window", 16)}
      <span role="status"
        >This conversation is open in another tab. This one shows what happens there.</span
      >
      <button class="button" @click=${() => this.send("new")}>New one</button>
      <button class="button primary" @click=${() => this.send("take")}>Go on here</button>
    </p>`;
  }

  private send(name: string): void {
    this.dispatchEvent(new CustomEvent(name));
  }

  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: block;
      }
      p {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 10px;
        margin: 0;
        padding: 10px 10px 10px 14px;
        border-radius: var(--pyagent-radius);
        background: var(--pyagent-accent-soft);
        font-size: 14px;
        line-height: 1.45;
      }
      svg {
        color: var(--pyagent-accent);
      }
      span {
        flex: 1 1 220px;
        text-wrap: pretty;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-followed": PaFollowed;
  }
}
