import { expect, test } from "vitest";
import { viewOf, viewOfAnswer } from "../../../web/src/render/bundle";
import { bytes, duration } from "../../../web/src/render/format";
import { splitReply } from "../../../web/src/render/reply";
import { cellText, readTable, toCsv } from "../../../web/src/render/table";

const resource = {
  schema: { fields: [{ name: "city" }, { name: "people" }] },
  data: [
    { city: 'Lisbon, "LX"', people: 545796 },
    { city: "Porto", people: null },
  ],
};

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

test("a table knows its numeric columns and becomes CSV", () => {
  const table = readTable(resource)!;

  expect(table.columns.map(({ numeric }) => numeric)).toEqual([false, true]);
  expect(toCsv(table)).toBe('city,people\r\n"Lisbon, ""LX""",545796\r\nPorto,\r\n');
});

test("a column shows the same decimals for all numbers, and CSV keeps them as they are", () => {
  const table = readTable({ data: [{ high: 14.8 }, { high: 15 }, { high: null }] })!;
  const [column] = table.columns;

  expect(table.rows.map(([cell]) => cellText(cell, column))).toEqual(["14.8", "15.0", "–"]);
  expect(toCsv(table)).toBe("high\r\n14.8\r\n15\r\n\r\n");
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
