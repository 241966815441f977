/** Says that a new version of the page is ready. It is loaded only when the person agrees. */
import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { icon } from "../look/icons";
import { base, buttons } from "../look/theme";

/** @fires update - The person wants the new version. */
@customElement("pa-update")
export class PaUpdate extends LitElement {
  /** Whether there is a conversation that loading the page ends. */
  @property({ type: Boolean }) conversing = false;

  protected override render() {
    return html`<p role="status">
      ${icon("download", 16)}
      <span>
        A new version is ready.
        ${this.conversing ? "Reloading ends this conversation; download what you need first." : ""}
      </span>
      <button class="button" @click=${() => this.dispatchEvent(new CustomEvent("update"))}>
        Reload
      </button>
    </p>`;
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
        align-items: center;
        gap: 10px;
        margin: 0;
        padding: 8px 8px 8px 14px;
        border-radius: var(--pyagent-radius);
        background: var(--pyagent-accent-soft);
        font-size: 14px;
        line-height: 1.4;
      }
      svg {
        color: var(--pyagent-accent);
      }
      button {
        flex: none;
        margin-left: auto;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-update": PaUpdate;
  }
}
