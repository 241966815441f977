/** Shows a table from a result. It scrolls on its own, keeps its head in view, and saves as CSV. */
import { css, html, LitElement } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { plural } from "../../render/format";
import { cellText, toCsv } from "../../render/table";
import type { Table } from "../../render/table";
import { icon } from "../look/icons";
import { card } from "../look/layout";
import { base, buttons } from "../look/theme";
import { download } from "./download";

const FIRST_ROWS = 100;
/** The most rows in the DOM; more would make the page slow. The CSV has them all. */
const MOST_ROWS = 5_000;

@customElement("pa-table")
export class PaTable extends LitElement {
  @property({ attribute: false }) table: Table = { columns: [], rows: [] };
  @property() name = "table";
  @state() private limit = FIRST_ROWS;

  protected override render() {
    const { columns, rows } = this.table;
    const shown = rows.slice(0, this.limit);
    const side = columns.map((column) => (column.numeric ? "number" : ""));
    return html`
      <div class="scroll" tabindex="0" role="region" aria-label="Table">
        <table>
          <thead>
            <tr>
              ${columns.map((column, i) => html`<th scope="col" class=${side[i]!}>${column.name}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${shown.map(
              (row) =>
                html`<tr>
                  ${row.map((cell, i) => html`<td class=${side[i]!}>${cellText(cell, columns[i])}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      <div class="foot">
        <span>${plural(rows.length, "row")} × ${plural(columns.length, "column")}</span>
        ${this.more()}
        <button class="action" @click=${this.save}>${icon("download", 15)} CSV</button>
      </div>
    `;
  }

  private more() {
    const { length } = this.table.rows;
    if (length <= this.limit) return "";
    if (this.limit >= MOST_ROWS)
      return html`<span>The first ${plural(MOST_ROWS, "row")} are shown.</span>`;
    const label = length > MOST_ROWS ? `Show ${plural(MOST_ROWS, "row")}` : "Show all";
    return html`<button class="action" @click=${() => (this.limit = MOST_ROWS)}>${label}</button>`;
  }

  private save(): void {
    download(new Blob([toCsv(this.table)], { type: "text/csv" }), `${this.name}.csv`);
  }

  static override styles = [
    base,
    buttons,
    card,
    css`
      .scroll {
        max-height: 500px;
        overflow: auto;
      }
      .scroll:focus-visible {
        outline-offset: -2px;
      }
      table {
        min-width: 100%;
        border-collapse: separate;
        border-spacing: 0;
        font-size: 14px;
        font-variant-numeric: tabular-nums;
      }
      th {
        position: sticky;
        top: 0;
        background: var(--pyagent-surface);
        font-weight: 600;
        text-align: left;
        white-space: nowrap;
      }
      th,
      td {
        padding: 7px 14px;
        border-bottom: 1px solid var(--pyagent-border);
        max-width: 40ch;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      tbody tr:last-child td {
        border-bottom: 0;
      }
      .number {
        text-align: right;
      }
      .foot {
        display: flex;
        align-items: center;
        gap: 16px;
        min-height: 36px;
        padding: 0 8px 0 14px;
        border-top: 1px solid var(--pyagent-border);
        font-size: 12.5px;
        color: var(--pyagent-muted);
      }
      .foot :last-child {
        margin-left: auto;
      }
      .action {
        display: inline-flex;
        align-items: center;
        gap: 5px;
        padding: 5px 8px;
        border-radius: 6px;
        font-weight: 500;
      }
      .action:hover {
        background: var(--pyagent-hover);
        color: var(--pyagent-text);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-table": PaTable;
  }
}
