/** Reads tables from results, formats their cells and writes them as CSV.
 *
 *  A hostile result may have millions of cells. Reading one here looks at a bounded part of it; only
 *  the CSV, which a person asks for, reads the rest. */

export interface Column {
  name: string;
  numeric: boolean;
  /** The number of decimals for every number of the column; null to show each as it is. */
  decimals: number | null;
}

export interface Table {
  /** The columns that can be shown; `names` may have more. */
  columns: Column[];
  /** The names of all columns. */
  names: readonly string[];
  /** The number of rows that are here. */
  length: number;
  /** The number of rows of the whole value; more than `length` when the others did not come. */
  total: number;
  /** Returns a cell; undefined where a row has none. */
  cell(row: number, column: number): unknown;
}

/** The most columns in the DOM. The CSV has them all. */
export const MOST_COLUMNS = 100;
/** Numbers with more decimals are shown as they are. */
const MOST_DECIMALS = 6;
/** The number of rows that are compared to tell whether two tables look the same. */
const COMPARED_ROWS = 100;
/** The number of rows that decide how a column is shown. */
const SAMPLE_ROWS = 1_000;
/** The most cells that are looked at to find the names of the columns. */
const SAMPLE_CELLS = 2_000_000;
/** The number of cells that decide whether records are a table. */
const FLAT_CELLS = 100_000;
/** The number of cells of a CSV that are written before the page may draw again. */
const CSV_SLICE_CELLS = 50_000;

type Row = Record<string, unknown> | unknown[];

/** Reads a table from an `application/vnd.dataresource+json`; null when it is not one. */
export function readTable(resource: unknown): Table | null {
  if (!isRecord(resource) || !Array.isArray(resource.data)) return null;
  const { data, total_rows: total } = resource;
  if (!data.every(isRecord)) return null;
  const names = fieldNames(resource.schema) ?? namesIn(data);
  return names.length ? tableOf(names, data, isCount(total) ? total : 0) : null;
}

/** Reads a table from a list of objects with plain values, which models often answer; else null. */
export function tableOfRecords(value: unknown): Table | null {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isRecord)) return null;
  let looked = 0;
  const flat = value.every((row) => {
    if (looked > FLAT_CELLS) return true; // a nested cell further on is shown as its text
    const cells = Object.values(row);
    looked += cells.length;
    return !cells.some(isNested);
  });
  return flat ? readTable({ data: value }) : null;
}

/** Returns `table` with all its rows, if `value` is the whole value that it shows the start of: a
 *  list of objects, a list of rows with or without a head, or an object of columns. */
export function withAllRows(table: Table, value: unknown): Table {
  const { names, total, length } = table;
  if (length >= total) return table;
  if (Array.isArray(value) && value.every(isRecord)) {
    const all = allNames(names, namesIn(value));
    return all && value.length === total ? tableOf(all, value, total) : table;
  }
  if (Array.isArray(value) && value.every((row) => Array.isArray(row))) {
    const rows = value.length === total + 1 ? value.slice(1) : value; // without the head
    return rows.length === total ? tableOf(names, rows, total) : table;
  }
  if (!isRecord(value)) return table;
  const all = allNames(names, Object.keys(value));
  const columns = all?.map((name) => value[name]) ?? [];
  const whole = columns.every((one) => Array.isArray(one) && one.length === total);
  if (!all || !whole) return table;
  const rows = range(total).map((row) => columns.map((one) => (one as unknown[])[row]));
  return tableOf(all, rows, total);
}

/** Whether two tables look the same; one of them may have more of the rows. */
export function sameTable(one: Table, other: Table): boolean {
  if (one.total !== other.total || one.names.join("\0") !== other.names.join("\0")) return false;
  const rows = Math.min(one.length, other.length, COMPARED_ROWS);
  return range(rows).every((row) =>
    one.columns.every((_, i) => cellText(one.cell(row, i)) === cellText(other.cell(row, i))),
  );
}

/** Returns the text of a cell. An empty cell shows a dash, to tell it from empty text. */
export function cellText(value: unknown, column?: Column): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number" && column?.decimals) return value.toFixed(column.decimals);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Returns the table as CSV (RFC 4180), with empty cells for null. A long table is written in slices,
 *  between which the page can draw. */
export async function toCsv(table: Table): Promise<Blob> {
  const { names, length } = table;
  const parts = [line(names)];
  const perSlice = Math.max(1, Math.floor(CSV_SLICE_CELLS / names.length));
  for (let start = 0; start < length; start += perSlice) {
    if (start) await new Promise((resolve) => setTimeout(resolve));
    const rows = range(Math.min(perSlice, length - start));
    parts.push(rows.map((row) => line(names.map((_, i) => table.cell(start + row, i)))).join(""));
  }
  return new Blob(parts, { type: "text/csv" });
}

function line(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = cellText(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function tableOf(names: readonly string[], rows: readonly Row[], total: number): Table {
  const { length } = rows;
  const cell = (row: number, column: number): unknown => {
    const cells = rows[row]!;
    if (Array.isArray(cells)) return cells[column];
    const name = names[column]!;
    return Object.hasOwn(cells, name) ? cells[name] : undefined;
  };
  const sample = range(Math.min(length, SAMPLE_ROWS));
  const columns = names.slice(0, MOST_COLUMNS).map((name, index) => {
    const cells = sample.map((row) => cell(row, index));
    const numeric = cells.every(isNumber) && cells.some((one) => typeof one === "number");
    return { name, numeric, decimals: numeric ? commonDecimals(cells) : null };
  });
  return { columns, names, length, total: Math.max(total, length), cell };
}

/** Returns all names, those that are known first; null when one of these is not among them. */
function allNames(known: readonly string[], names: readonly string[]): string[] | null {
  const all = new Set([...known, ...names]);
  return known.length && all.size === names.length ? [...all] : null;
}

function fieldNames(schema: unknown): string[] | null {
  if (!isRecord(schema) || !Array.isArray(schema.fields)) return null;
  const names = schema.fields.map((field: unknown) => (isRecord(field) ? field.name : null));
  return names.every((name) => typeof name === "string") ? names : null;
}

function namesIn(records: readonly Record<string, unknown>[]): string[] {
  const names = new Set<string>();
  let looked = 0;
  for (const row of records) {
    const keys = Object.keys(row);
    for (const name of keys) names.add(name);
    looked += keys.length;
    if (looked > SAMPLE_CELLS) break;
  }
  return [...names];
}

/** Returns the decimals for a column. JSON drops the `.0` of 15.0, but a column of numbers reads
 *  best with its points aligned. */
function commonDecimals(cells: unknown[]): number | null {
  const lengths = cells.map(
    (cell) => /^-?\d+(?:\.(\d+))?$/.exec(String(cell ?? 0))?.[1]?.length ?? 0,
  );
  const most = lengths.reduce((a, b) => Math.max(a, b), 0);
  return most <= MOST_DECIMALS ? most : null;
}

function isNumber(value: unknown): boolean {
  return value === null || value === undefined || typeof value === "number";
}

function isNested(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
