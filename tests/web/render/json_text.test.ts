import { expect, test } from "vitest";
import { jsonLine, jsonStart } from "../../../web/src/render/json_text";

const deep = (levels: number): unknown => (levels ? [deep(levels - 1)] : "end");
const values = [
  null,
  0.1,
  'text with "quotes", \n and \u2028',
  [],
  {},
  [[], {}, [1, [2]]],
  { a: { b: [1, { c: null }] }, "d e": false },
  deep(90),
];

test.each(values)("%j is written as JSON.stringify does", (value) => {
  expect(jsonStart(value, 100_000)).toEqual({ text: JSON.stringify(value, null, 2), whole: true });
  expect(jsonLine(value, 100_000)).toBe(JSON.stringify(value));
});

test.each(values)("the start of %j is the start of its JSON", (value) => {
  for (const most of [0, 1, 5, 20]) {
    const pretty = JSON.stringify(value, null, 2);
    expect(jsonStart(value, most)).toEqual({
      text: pretty.slice(0, most),
      whole: pretty.length <= most,
    });
    expect(jsonLine(value, most)).toBe(JSON.stringify(value).slice(0, most));
  }
});

test("only what is written is looked at", () => {
  let looked = 0;
  const item = {
    get a() {
      looked += 1;
      return "x".repeat(100);
    },
  };

  jsonStart(Array(100_000).fill(item), 5_000);

  expect(looked).toBeLessThan(60);
});
