/** Reads tables from results, formats their cells and writes them as CSV. */

export interface Column {
  name: string;
  numeric: boolean;
  /** The number of decimals for every number of the column; null to show each as it is. */
  decimals: number | null;
}

/** Numbers with more decimals are shown as they are. */
const MOST_DECIMALS = 6;

export interface Table {
  columns: Column[];
  rows: unknown[][];
}

/** Reads a table from an `application/vnd.dataresource+json`; null when it is not one. */
export function readTable(resource: unknown): Table | null {
  if (!isRecord(resource) || !Array.isArray(resource.data)) return null;
  const records = resource.data.filter(isRecord);
  if (records.length !== resource.data.length) return null;
  const names = fieldNames(resource.schema) ?? namesIn(records);
  return names.length
    ? fromRows(
        names,
        records.map((row) => names.map((name) => row[name])),
      )
    : null;
}

/** Reads a table from a list of objects with plain values, which models often answer; else null. */
export function tableOfRecords(value: unknown): Table | null {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isRecord)) return null;
  const flat = value.every((row) => Object.values(row).every((cell) => !isNested(cell)));
  return flat ? readTable({ data: value }) : null;
}

/** Returns the text of a cell. An empty cell shows a dash, to tell it from empty text. */
export function cellText(value: unknown, column?: Column): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number" && column?.decimals) return value.toFixed(column.decimals);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Returns the whole table as CSV (RFC 4180), with empty cells for null. */
export function toCsv(table: Table): string {
  const line = (cells: unknown[]) => `${cells.map(csvCell).join(",")}\r\n`;
  return line(table.columns.map((column) => column.name)) + table.rows.map(line).join("");
}

function csvCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = cellText(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function fromRows(names: string[], rows: unknown[][]): Table {
  const columns = names.map((name, index) => {
    const cells = rows.map((row) => row[index]);
    const numeric = cells.every(isNumber) && cells.some((cell) => typeof cell === "number");
    return { name, numeric, decimals: numeric ? commonDecimals(cells) : null };
  });
  return { columns, rows };
}

function fieldNames(schema: unknown): string[] | null {
  if (!isRecord(schema) || !Array.isArray(schema.fields)) return null;
  const names = schema.fields.map((field: unknown) => (isRecord(field) ? field.name : null));
  return names.every((name) => typeof name === "string") ? names : null;
}

function namesIn(records: Record<string, unknown>[]): string[] {
  return [...new Set(records.flatMap((row) => Object.keys(row)))];
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
