import { expect, test } from "vitest";
import { viewOf, viewOfAnswer } from "../../../web/src/render/bundle";
import { bytes, duration } from "../../../web/src/render/format";
import { splitReply } from "../../../web/src/render/reply";
import { cellText, readTable, sameTable, toCsv, type Table } from "../../../web/src/render/table";

const resource = {
  schema: { fields: [{ name: "city" }, { name: "people" }] },
  data: [
    { city: 'Lisbon, "LX"', people: 545796 },
    { city: "Porto", people: null },
  ],
};

const numbers = Array.from({ length: 300 }, (_, n) => ({ n, square: n * n }));
const start = {
  "application/vnd.dataresource+json": {
    schema: { fields: [{ name: "n" }, { name: "square" }] },
    data: numbers.slice(0, 200),
    total_rows: 300,
  },
};

async function csv(table: Table): Promise<string> {
  const reader = new FileReader();
  const read = new Promise((resolve) => reader.addEventListener("load", resolve));
  reader.readAsText(await toCsv(table));
  await read;
  return reader.result as string;
}

function tableIn(view: ReturnType<typeof viewOfAnswer>): Table {
  if (view?.kind !== "table") throw new Error(`${view?.kind} is no table`);
  return view.table;
}

test("a table comes before a picture, and a picture before text", () => {
  const table = { "application/vnd.dataresource+json": resource };
  const picture = { "image/png": "aGk=", "text/plain": "plot" };

  expect(viewOf({ ...table, ...picture }).kind).toBe("table");
  expect(viewOf({ ...picture, "text/html": "<p>" })).toMatchObject({
    kind: "image",
    extension: "png",
  });
  expect(viewOf({ "text/html": "<p>", "text/plain": "x" }).kind).toBe("html");
});

test("a broken picture falls back to its text", () => {
  expect(viewOf({ "image/png": "not base64!", "text/plain": "plot" })).toEqual({
    kind: "text",
    text: "plot",
  });
});

test("the same bundle gives the same view, so its picture is not loaded again", () => {
  const bundle = { "image/svg+xml": "<svg/>" };

  expect(viewOf(bundle)).toBe(viewOf(bundle));
});

test("an answer in words is Markdown, and an answer in records is a table", () => {
  expect(viewOfAnswer("**Yes**", null)).toEqual({ kind: "markdown", text: "**Yes**" });
  expect(viewOfAnswer([{ a: 1 }], null)?.kind).toBe("table");
  expect(viewOfAnswer({ a: [1] }, { "text/plain": "{'a': [1]}" })?.kind).toBe("json");
  expect(viewOfAnswer(1340, { "text/plain": "1340.0" })).toEqual({ kind: "text", text: "1340.0" });
  expect(viewOfAnswer(null, null)).toBe(null);
});

test("a table knows its numeric columns and becomes CSV", async () => {
  const table = readTable(resource)!;

  expect(table.columns.map(({ numeric }) => numeric)).toEqual([false, true]);
  expect(await csv(table)).toBe('city,people\r\n"Lisbon, ""LX""",545796\r\nPorto,\r\n');
});

test("a column shows the same decimals for all numbers, and CSV keeps them as they are", async () => {
  const table = readTable({ data: [{ high: 14.8 }, { high: 15 }, { high: null }] })!;
  const [column] = table.columns;

  const cells = [0, 1, 2].map((row) => cellText(table.cell(row, 0), column));
  expect(cells).toEqual(["14.8", "15.0", "–"]);
  expect(await csv(table)).toBe("high\r\n14.8\r\n15\r\n\r\n");
});

test.each([
  ["records", numbers],
  ["rows", numbers.map(({ n, square }) => [n, square])],
  ["rows with a head", [["n", "square"], ...numbers.map(({ n, square }) => [n, square])]],
  ["columns", { n: numbers.map(({ n }) => n), square: numbers.map(({ square }) => square) }],
])(
  "an answer of 300 %s is a table with all of them, though its bundle has 200",
  async (_, output) => {
    const table = tableIn(viewOfAnswer(output, start));

    expect(table).toMatchObject({ length: 300, total: 300 });
    expect((await csv(table)).trim().split("\r\n").at(-1)).toBe("299,89401");
    expect(sameTable(table, tableIn(viewOf(start)))).toBe(true);
  },
);

test.each([
  ["another number of rows", numbers.slice(0, 250)],
  ["other columns", numbers.map(({ n }) => ({ other: n }))],
  ["text", "300 rows"],
  ["mixed rows", [...numbers.slice(1), [1]]],
  ["columns of other lengths", { n: [1], square: [] }],
])("a table whose value has %s keeps the rows of its bundle", (_, output) => {
  const view = viewOfAnswer(output, start);

  if (typeof output === "string") expect(view?.kind).toBe("markdown");
  else expect(tableIn(view)).toMatchObject({ length: 200, total: 300 });
});

test("a table of millions of cells is read at once and written without them all in one piece", async () => {
  const fields = Array.from({ length: 50_000 }, (_, i) => ({ name: `c${i}` }));
  const data = Array.from({ length: 2_000 }, () => ({ c0: 1 }));
  const table = readTable({ schema: { fields }, data })!;

  expect(table.columns.length).toBe(100);
  expect([table.names.length, table.length]).toEqual([50_000, 2_000]);
  expect([table.cell(1999, 0), table.cell(1999, 49_999)]).toEqual([1, undefined]);
});

test("a name that every object has is no cell", () => {
  const table = readTable({ schema: { fields: [{ name: "toString" }] }, data: [{}] })!;

  expect(table.cell(0, 0)).toBe(undefined);
});

test.each([null, "text", { data: "x" }, { data: [1, 2] }, { data: [] }])(
  "%j is not read as a table",
  (value) => expect(readTable(value)).toBe(null),
);

test.each([
  ["I look.\n", "I look.\n", null],
  ["I look.\n```pyth", "I look.", null],
  ["I look.\n```python\nx = 1\n", "I look.", "x = 1\n"],
  ["I look.\n```python\nx = 1\n``", "I look.", "x = 1"],
  ["I look.\n```py\nx = 1\n```\nand more", "I look.", "x = 1"],
  ["I look. <code>x = 1</co", "I look.", "x = 1"],
  ["a `quoted` word", "a `quoted` word", null],
  ["{", "", null],
  ['{"thou', "", null],
  ['{"thought": "I say \\"code\\": \\u00e', 'I say "code": ', null],
  ['{"thought": "I look.", "code": "x = 1\\nprint(\\"\\u00e4', "I look.", 'x = 1\nprint("ä'],
  ['```json\n{ "code": "x = 1\n", "thought": "I look." }', "I look.", "x = 1\n"],
  ['{"code": "\\d"}', "", "\\d"],
  ['{"name": "price"', '{"name": "price"', null],
])("the unfinished reply %j is split", (text, thought, code) => {
  expect(splitReply(text)).toEqual({ thought, code });
});

test("sizes and times are written for people", () => {
  expect([999, 48219, 4.2e6, 491400064].map(bytes)).toEqual(["999 B", "48 kB", "4.2 MB", "491 MB"]);
  expect([0.44, 12.4, 125].map(duration)).toEqual(["0.4 s", "12 s", "2 min 5 s"]);
});
