import { expect, test } from "vitest";
import { wrappedBlocks } from "../../../../web/src/element/results/lines";

test.each([
  ["one line without a space", "x".repeat(1_000_000)],
  ["words", "some words ".repeat(9_000)],
  ["lines", "a line\n".repeat(9_000)],
  ["signs of two characters", `a${"😀".repeat(30_000)}`],
  ["little", "text"],
  ["nothing", ""],
])("%s: the blocks are short, and together they are the text", (_, text) => {
  const blocks = wrappedBlocks(text);

  expect(blocks.join("")).toBe(text);
  expect(Math.max(...blocks.map(({ length }) => length))).toBeLessThanOrEqual(10_000);
  expect(blocks.length).toBeLessThanOrEqual(Math.ceil(text.length / 9_900) || 1);
  expect(blocks.every((block) => block.isWellFormed())).toBe(true);
});

test("a block ends after a line, or else after a word", () => {
  expect(wrappedBlocks("a line\n".repeat(2_000))[0]!.endsWith("line\n")).toBe(true);
  expect(wrappedBlocks("some words ".repeat(2_000))[0]!.endsWith(" ")).toBe(true);
});
