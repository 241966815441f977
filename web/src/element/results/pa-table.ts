/** Shows a table from a result. It scrolls on its own, keeps its head in view, has pages, and saves
 *  as CSV. Every row has the same height: a long text is shortened, and a button opens it. */
import { html } from "lit";
import type { PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";
import { count, plural } from "../../render/format";
import { cellText, MOST_COLUMNS, readTable, toCsv } from "../../render/table";
import type { Table } from "../../render/table";
import { icon } from "../look/icons";
import { card } from "../look/layout";
import { base, buttons } from "../look/theme";
import { InTurn, inTurns } from "../look/turns";
import { CsvSaving, csvStyles } from "./csv_saving";
import { tableStyles } from "./table_styles";

/** The rows of a page. */
const FIRST_ROWS = 100;
/** The most rows in the DOM; more would make the page slow. The CSV has them all. */
const MOST_ROWS = 5_000;
/** The most cells in the DOM. */
const MOST_CELLS = 20_000;
/** A longer text, or one of several lines, is shortened. */
const SHORT_CHARS = 48;
/** The number of cells that are drawn in one turn. A shortened text counts as several. */
const TURN_CELLS = 400;
const LONG_CELL = 5;
/** The number of characters of a cell that can be opened. */
const OPEN_CHARS = 10_000;
/** A text that may be wider than its cell. The browser needs longer for a cell that clips. */
const CLIPPED_CHARS = 24;
/** Once all tables of the page have so many cells in the DOM, the next ones have short pages. */
const MANY_CELLS = 30_000;
const FEW_ROWS = 10;
/** The number of cells that all tables of the page have in the DOM. */
let cells = 0;

const EMPTY = readTable({ data: [], schema: { fields: [{ name: "" }] } })!;

@customElement("pa-table")
export class PaTable extends InTurn {
  @property({ attribute: false }) table: Table = EMPTY;
  @property() name = "table";
  /** The rows of a page of this table. */
  private perPage = FIRST_ROWS;
  @state() private limit = FIRST_ROWS;
  /** The number of the page, from 0; always 0 once all rows are shown together. */
  @state() private page = 0;
  /** The open cells, each as "row:column". */
  @state() private opened: ReadonlySet<string> = new Set();
  @state() private saving = false;
  private readonly csv = new CsvSaving(this);
  @query(".scroll") private scroller!: HTMLElement;
  /** The number of rows of the page that are drawn so far. */
  private drawn = 0;
  /** The number of cells of this table that are among `cells`. */
  private counted = 0;
  /** Whether rows are drawn in turns; `drawing` is set while these turns are waited for. */
  private turning = false;
  private drawing: Promise<void> | undefined;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("table")) {
      this.count(0);
      this.perPage = cells < MANY_CELLS ? FIRST_ROWS : FEW_ROWS;
      this.limit = this.perPage;
      this.page = 0;
      this.opened = new Set();
      this.drawn = 0;
    }
    if (!this.drawn && this.shown) this.drawn = this.rowsOfTurn(0);
  }

  protected override updated(): void {
    if (this.isConnected) this.count(Math.min(this.drawn, this.shown) * this.table.columns.length);
    if (this.turning || this.drawn >= this.shown) return;
    this.turning = true; // before the first turn, which comes here again
    this.drawing = inTurns(() => this.drawMore());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.count(0);
  }

  private count(own: number): void {
    cells += own - this.counted;
    this.counted = own;
  }

  /** Resolves when all rows are drawn. */
  protected override async getUpdateComplete(): Promise<boolean> {
    const complete = await super.getUpdateComplete();
    await this.drawing;
    return complete;
  }

  private drawMore(): boolean {
    let more = false;
    try {
      // Another table, whose update still waits for its turn, may be shorter.
      if (this.drawn >= this.shown) return false;
      this.drawn = Math.min(this.shown, this.drawn + this.rowsOfTurn(this.drawn));
      this.requestUpdate();
      this.performUpdate(); // this is the turn
      more = this.drawn < this.shown;
    } finally {
      this.turning = more;
      if (!more) this.drawing = undefined;
    }
    return more;
  }

  /** Returns the number of rows that one turn can draw, by the cells of the first of them. */
  private rowsOfTurn(from: number): number {
    const { columns } = this.table;
    const long = columns.filter((column, index) =>
      isLong(cellText(this.table.cell(this.start + from, index), column)),
    ).length;
    return Math.max(1, Math.floor(TURN_CELLS / (columns.length + long * (LONG_CELL - 1))));
  }

  protected override render() {
    const { columns } = this.table;
    const length = Math.min(this.drawn, this.shown);
    const rows = Array.from({ length }, (_, row) => this.start + row);
    const open = new Set([...this.opened].map((key) => parseInt(key)));
    return html`
      <div class="scroll" tabindex="0" role="region" aria-label="Table">
        <table>
          <thead>
            <tr>
              ${columns.map(
                ({ name, numeric }) =>
                  html`<th scope="col" class=${side(numeric)} title=${name.slice(0, OPEN_CHARS)}>
                    ${name.slice(0, SHORT_CHARS * 2)}
                  </th>`,
              )}
            </tr>
          </thead>
          <tbody>
            ${rows.map((row) =>
              guard(
                [this.table, row, open.has(row) && this.opened],
                () =>
                  html`<tr>
                    ${columns.map((_, column) => this.cell(row, column))}
                  </tr>`,
              ),
            )}
          </tbody>
        </table>
      </div>
      <div class="foot">
        <span>${this.size()}</span>
        ${this.more()} ${this.pager()}
        <button
          class="action"
          title=${this.complete ? "Download all rows" : "Download the rows that are here"}
          ?disabled=${this.saving}
          @click=${() => void this.save()}
        >
          ${icon("download", 15)} CSV
        </button>
      </div>
      ${this.csv.render()}
    `;
  }

  private cell(row: number, index: number) {
    const column = this.table.columns[index]!;
    const text = cellText(this.table.cell(row, index), column);
    if (!isLong(text)) {
      const clipped = text.length > CLIPPED_CHARS ? " clipped" : "";
      return html`<td class=${side(column.numeric) + clipped}>${text}</td>`;
    }
    const key = `${row}:${index}`;
    const open = this.opened.has(key);
    const part = text.slice(0, open ? OPEN_CHARS : SHORT_CHARS * 2);
    const rest = open && text.length > OPEN_CHARS ? text.length - OPEN_CHARS : 0;
    const label = open ? "Shorten the text" : "Show the whole text";
    return html`<td>
      <div class=${open ? "long open" : "long"} @dblclick=${() => this.toggle(key)}>
        <span
          >${part}${rest ? html` <i>… ${count(rest)} more characters are in the CSV</i>` : ""}</span
        >
        <button
          aria-label=${label}
          title=${label}
          aria-expanded=${open}
          @click=${() => this.toggle(key)}
        >
          ${icon("chevron", 13)}
        </button>
      </div>
    </td>`;
  }

  private toggle(key: string): void {
    const opened = new Set(this.opened);
    if (!opened.delete(key)) opened.add(key);
    this.opened = opened;
  }

  /** The most rows that this table may have in the DOM. */
  private get most(): number {
    const byCells = Math.floor(MOST_CELLS / this.table.columns.length);
    return Math.min(this.table.length, MOST_ROWS, byCells);
  }

  /** The first row that is shown. */
  private get start(): number {
    return this.page * this.perPage;
  }

  private get shown(): number {
    const { length } = this.table;
    return this.page
      ? Math.min(this.perPage, length - this.start)
      : Math.min(this.limit, this.most);
  }

  private get pages(): number {
    return this.limit === this.perPage ? Math.ceil(this.table.length / this.perPage) : 1;
  }

  private get complete(): boolean {
    return this.table.length >= this.table.total;
  }

  /** Says how large the table is, and which part of it is shown. */
  private size(): string {
    const { names, total } = this.table;
    const first = this.shown < total ? `first ${count(this.shown)} of ` : "";
    const last = this.start + this.shown;
    const rows = this.page ? `rows ${count(this.start + 1)}–${count(last)} of ` : first;
    const columns = names.length > MOST_COLUMNS ? `first ${count(MOST_COLUMNS)} of ` : "";
    return `${rows}${plural(total, "row")} × ${columns}${plural(names.length, "column")}`;
  }

  private more() {
    if (this.shown >= this.most) return "";
    const all = this.most >= this.table.total;
    const label = all ? "Show all" : `Show ${plural(this.most, "row")}`;
    return html`<button class="action" @click=${this.showMost}>${label}</button>`;
  }

  private readonly showMost = (): void => {
    if (this.page) this.drawn = 0;
    this.page = 0;
    this.limit = MOST_ROWS;
    this.scroller.focus({ preventScroll: true }); // the button goes
  };

  private pager() {
    const { page, pages } = this;
    if (pages < 2) return "";
    return html`<span class="pager" role="group" aria-label="Pages">
      ${this.turn("Previous page", "back", page - 1)}
      <span aria-live="polite">${count(page + 1)} / ${count(pages)}</span>
      ${this.turn("Next page", "on", page + 1)}
    </span>`;
  }

  private turn(label: string, way: string, page: number) {
    // A disabled button would lose the focus on the last page.
    const off = page < 0 || page >= this.pages;
    return html`<button
      class="turn ${way}"
      aria-label=${label}
      title=${label}
      aria-disabled=${off}
      @click=${off ? null : () => this.turnTo(page)}
    >
      ${icon("chevron", 14)}
    </button>`;
  }

  private turnTo(page: number): void {
    this.page = page;
    this.drawn = 0;
    this.opened = new Set();
    this.scroller.scrollTop = 0;
  }

  private async save(): Promise<void> {
    this.saving = true;
    try {
      await this.csv.save(await toCsv(this.table), `${this.name}.csv`);
    } finally {
      this.saving = false;
    }
  }

  static override styles = [base, buttons, card, tableStyles, csvStyles];
}

/** Whether a text is shortened. */
function isLong(text: string): boolean {
  return text.length > SHORT_CHARS || text.includes("\n");
}

function side(numeric: boolean): string {
  return numeric ? "number" : "";
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-table": PaTable;
  }
}
