/** What stands between the conversation and the composer: a problem, a progress, a question. */
import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Progress } from "../../api/session";
import type { Problem } from "../../protocol";
import type { SettingsPage } from "../../settings/settings";
import { base, buttons } from "../look/theme";
import "../run/pa-problem";
import "./pa-followed";
import "./pa-progress";
import "./pa-update";
import { DEMO_LABEL } from "./sentences";

/**
 * @fires settings - The person wants to see the settings, at the page in `detail` if there is one.
 * @fires stop - The person wants the loading to stop.
 * @fires update - The person wants the new version of the page.
 * @fires take - The person wants to go on in this tab.
 * @fires new - The person wants a new conversation.
 */
@customElement("pa-notices")
export class PaNotices extends LitElement {
  @property({ attribute: false }) problem: Problem | null = null;
  @property({ attribute: false }) progress: Progress | null = null;
  /** Whether a new version of the page is ready. */
  @property({ type: Boolean }) outdated = false;
  /** Whether there is a conversation that loading the page ends. */
  @property({ type: Boolean }) ends = false;
  /** Whether another tab writes the conversation. */
  @property({ type: Boolean }) followed = false;
  /** Whether the demonstration plays the model. */
  @property({ type: Boolean }) demo = false;

  protected override render() {
    const { problem, progress } = this;
    return html`
      ${problem ? html`<pa-problem .problem=${problem} @settings=${this.pass}></pa-problem>` : ""}
      ${
        progress
          ? html`<pa-progress
              .progress=${progress}
              ?stoppable=${progress.stage === "model"}
              @stop=${this.pass}
            ></pa-progress>`
          : ""
      }
      ${
        this.outdated
          ? html`<pa-update ?conversing=${this.ends} @update=${this.pass}></pa-update>`
          : ""
      }
      ${this.followed ? html`<pa-followed @take=${this.pass} @new=${this.pass}></pa-followed>` : ""}
      ${
        this.demo
          ? html`<p>
              ${DEMO_LABEL}
              <button @click=${() => this.send("settings", "local")}>Use a real model</button>
            </p>`
          : ""
      }
    `;
  }

  private pass({ type, detail }: CustomEvent<SettingsPage | null>): void {
    this.send(type, detail);
  }

  private send(type: string, detail: SettingsPage | null): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 8px;
      }
      pa-progress {
        padding: 0 10px;
      }
      p {
        justify-self: center;
        margin: 0;
        padding: 4px 12px;
        border-radius: 14px;
        background: var(--pyagent-warning-soft);
        color: var(--pyagent-warning);
        font-size: 12.5px;
        line-height: 1.4;
        text-align: center;
        text-wrap: balance;
      }
      p button {
        text-decoration: underline;
        text-underline-offset: 2px;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-notices": PaNotices;
  }
}
