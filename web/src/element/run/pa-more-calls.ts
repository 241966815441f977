/** Shows the tool calls beyond the first few in a row: one line, which opens to all of them. */
import { css, html } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { plural } from "../../render/format";
import { base } from "../look/theme";
import { InTurn } from "../look/turns";
import type { ToolItem } from "../state/run";
import "./pa-tool-call";

@customElement("pa-more-calls")
export class PaMoreCalls extends InTurn {
  @property({ attribute: false }) calls: ToolItem[] = [];
  @state() private open = false;

  protected override render() {
    return html`<details @toggle=${this.onToggle}>
      <summary>${this.summary()}</summary>
      ${this.open ? this.calls.map((call) => html`<pa-tool-call .call=${call}></pa-tool-call>`) : ""}
    </details>`;
  }

  private summary(): string {
    const failed = this.calls.filter(({ error }) => error !== null).length;
    const waiting = this.calls.find(({ seconds, stopped }) => seconds === null && !stopped);
    return [
      `and ${plural(this.calls.length, "more call")}`,
      failed ? `${failed} failed` : "",
      waiting ? `${waiting.name} is running…` : "",
    ]
      .filter(Boolean)
      .join(" · ");
  }

  private onToggle(event: Event): void {
    this.open = (event.target as HTMLDetailsElement).open;
  }

  static override styles = [
    base,
    css`
      :host {
        display: block;
        font-size: 13px;
        color: var(--pyagent-muted);
      }
      summary {
        min-height: 28px;
        padding-left: 23px;
        line-height: 28px;
        cursor: pointer;
        list-style: none;
      }
      summary::-webkit-details-marker {
        display: none;
      }
      summary:hover {
        color: var(--pyagent-text);
      }
      pa-tool-call {
        margin-top: 10px;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-more-calls": PaMoreCalls;
  }
}
