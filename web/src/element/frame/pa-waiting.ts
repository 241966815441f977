/** Shows the tasks that wait for the end of the run, each with a button to remove it. */
import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { plural } from "../../render/format";
import { icon } from "../look/icons";
import { base, buttons } from "../look/theme";

export interface Waiting {
  task: string;
  files: readonly File[];
}

/** The number of characters of a task that are shown. */
const SHOWN_CHARS = 200;

/** @fires remove - The person removes a task, which is in `detail`. */
@customElement("pa-waiting")
export class PaWaiting extends LitElement {
  @property({ attribute: false }) tasks: readonly Waiting[] = [];

  protected override render() {
    return html`<ul aria-label="Waiting tasks">
      ${this.tasks.map(
        (one) =>
          html`<li>
            <span class="wait">Runs when this task ends:</span>
            <span class="text">${one.task.slice(0, SHOWN_CHARS)}</span>
            ${one.files.length ? html`<span class="wait">+ ${plural(one.files.length, "file")}</span>` : ""}
            <button
              class="icon small"
              aria-label="Remove this waiting task"
              title="Remove"
              @click=${() => this.dispatchEvent(new CustomEvent("remove", { detail: one }))}
            >
              ${icon("close", 14)}
            </button>
          </li>`,
      )}
    </ul>`;
  }

  static override styles = [
    base,
    buttons,
    css`
      ul {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 4px;
        margin: 0 0 8px;
        padding: 0;
        list-style: none;
      }
      li {
        display: flex;
        align-items: center;
        gap: 6px;
        padding: 3px 6px 3px 14px;
        border-radius: 14px;
        background: var(--pyagent-surface);
        font-size: 13.5px;
      }
      .wait {
        flex: none;
        color: var(--pyagent-muted);
      }
      .text {
        flex: 1;
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-waiting": PaWaiting;
  }
}
