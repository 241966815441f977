/** The bar at the top: name, new conversation, theme, settings. */
import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { KeptPackages } from "../../offline/packages";
import type { SettingsPage, Theme } from "../../settings/settings";
import { icon, logo } from "../look/icons";
import { base, buttons } from "../look/theme";
import "./pa-ready";

const NEXT: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "auto" };
const NAMES: Record<Theme, string> = { auto: "as the system", light: "light", dark: "dark" };
const ICONS = { auto: "system", light: "light", dark: "dark" } as const;

/**
 * @fires new - The person wants a new conversation.
 * @fires history - The person wants to see the kept conversations.
 * @fires theme - The theme that the person wants, as `CustomEvent<Theme>`.
 * @fires settings - The person wants to see the settings, at the page in `detail` if there is one.
 */
@customElement("pa-header")
export class PaHeader extends LitElement {
  @property() theme: Theme = "auto";
  /** Whether there is a conversation to leave. */
  @property({ type: Boolean }) conversing = false;
  /** Whether the browser keeps the conversations. */
  @property({ type: Boolean }) keeps = false;
  /** The packages of a page that opens without a network too; null while it does not. */
  @property({ attribute: false }) offline: KeptPackages | null = null;

  protected override render() {
    const theme = `Theme: ${NAMES[this.theme]}`;
    return html`<header part="header">
      ${logo(26)}
      <span class="name">pyagent</span>
      ${
        this.offline
          ? html`<pa-ready
              class=${this.conversing ? "spare" : ""}
              .packages=${this.offline}
              @keep=${() => this.send("settings", "offline")}
            ></pa-ready>`
          : ""
      }
      <nav aria-label="Actions">
        ${
          this.conversing
            ? html`<button
                class="button quiet"
                aria-label="New conversation"
                title="New conversation"
                @click=${() => this.send("new")}
              >
                ${icon("compose")}<span class="wide">New conversation</span>
              </button>`
            : ""
        }
        ${
          this.keeps
            ? html`<button
                class="icon"
                aria-label="Conversations"
                title="Conversations"
                @click=${() => this.send("history")}
              >
                ${icon("history")}
              </button>`
            : ""
        }
        <button
          class="icon"
          aria-label=${theme}
          title=${theme}
          @click=${() => this.send("theme", NEXT[this.theme])}
        >
          ${icon(ICONS[this.theme])}
        </button>
        <button
          class="icon"
          aria-label="Settings"
          title="Settings"
          @click=${() => this.send("settings")}
        >
          ${icon("settings")}
        </button>
      </nav>
    </header>`;
  }

  private send(name: string, detail?: Theme | SettingsPage): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  static override styles = [
    base,
    buttons,
    css`
      header {
        display: flex;
        align-items: center;
        gap: 10px;
        height: 54px;
        padding: 0 12px 0 16px;
        border-bottom: 1px solid var(--pyagent-border);
      }
      .name {
        font-weight: 650;
        letter-spacing: -0.01em;
      }
      nav {
        display: flex;
        align-items: center;
        gap: 2px;
        margin-left: auto;
      }
      .button {
        padding: 0 10px;
        color: var(--pyagent-muted);
      }
      .button:hover {
        color: var(--pyagent-text);
      }
      @container (width < 420px) {
        header {
          gap: 6px;
          padding: 0 4px 0 12px;
        }
        nav {
          gap: 0;
        }
        .spare {
          display: none;
        }
      }
      @container (width < 520px) {
        .wide {
          display: none;
        }
        .button {
          width: 36px;
          padding: 0;
        }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-header": PaHeader;
  }
}
