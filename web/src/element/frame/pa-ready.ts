/** Says that the page is ready offline; opened, it lists what is here and what would be missing. */
import { css, html, LitElement } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { KeptPackages } from "../../offline/packages";
import { readiness, type Readiness } from "../../settings/readiness";
import { icon } from "../look/icons";
import { base, buttons } from "../look/theme";

/** @fires keep - The person wants to keep more. */
@customElement("pa-ready")
export class PaReady extends LitElement {
  @property({ attribute: false }) packages!: KeptPackages;
  @state() private list: readonly Readiness[] = [];
  @query("[popover]") private details!: HTMLElement;

  protected override firstUpdated(): void {
    void this.look();
  }

  protected override render() {
    return html`
      <button
        popovertarget="details"
        title=${this.list.map(({ text }) => text).join("\n")}
        @pointerenter=${this.look}
        @focus=${this.look}
        @click=${this.look}
      >
        ${icon("done", 14)}<span>Ready offline</span>
      </button>
      <div id="details" popover role="group" aria-label="Ready offline">
        <ul>
          ${this.list.map(
            ({ ready, text }) =>
              html`<li class=${ready ? "ready" : "absent"}>
                ${icon(ready ? "done" : "alert", 15)} <span>${text}</span>
              </li>`,
          )}
        </ul>
        <button class="button" @click=${this.keep}>Keep more for offline use</button>
      </div>
    `;
  }

  private readonly look = async (): Promise<void> => {
    this.list = await readiness(this.packages);
  };

  private readonly keep = (): void => {
    this.details.hidePopover();
    this.dispatchEvent(new Event("keep"));
  };

  static override styles = [
    base,
    buttons,
    css`
      [popovertarget] {
        display: flex;
        align-items: center;
        gap: 4px;
        min-height: 32px;
        padding: 0 4px;
        font-size: 12.5px;
        white-space: nowrap;
        color: var(--pyagent-muted);
      }
      [popovertarget]:hover {
        color: var(--pyagent-text);
      }
      [popovertarget] svg,
      .ready svg {
        color: var(--pyagent-success);
      }
      [popover] {
        position: fixed;
        inset: 54px auto auto 12px;
        width: min(380px, 100vw - 24px);
        margin: 0;
        padding: 14px 16px 16px;
        border: 1px solid var(--pyagent-border);
        border-radius: var(--pyagent-radius);
        background: var(--pyagent-raised);
        color: var(--pyagent-text);
        box-shadow: 0 8px 28px var(--pyagent-shadow);
      }
      ul {
        display: grid;
        gap: 9px;
        margin: 0 0 14px;
        padding: 0;
        list-style: none;
      }
      li {
        display: flex;
        gap: 8px;
        font-size: 13.5px;
        line-height: 1.45;
        overflow-wrap: anywhere;
      }
      li svg {
        margin-top: 2px;
      }
      .absent {
        color: var(--pyagent-muted);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-ready": PaReady;
  }
}
