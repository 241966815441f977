import { expect, test } from "vitest";
import { blocks, renderMarkdown } from "../../../web/src/render/markdown";

/** The time within which 100,000 characters are read here; it was 16 s for some. */
const MOST_MS = 3_000;

test.each([
  "_a_",
  "*a",
  "**a",
  "***",
  "___a",
  "[",
  "![",
  "[a](",
  "[](",
  "` ",
  "`a",
  "~~a",
  "> ",
  "- ",
  "1. ",
  "> - ",
  "|a",
  "<",
  "<a ",
  "<!--",
  "<x y='",
  "&amp;",
  "http://a.",
  "a@",
  "a\n",
  "- a\n",
  "  - a\n",
  "[a]: b\n",
  "|a|b|\n|-|-|\n",
  "~~~a\n",
  "$a",
  "$a$ ",
  "$$",
  "$$a\n",
  "$$a$$\n",
  "x\n$$a$$\n",
  "x\n\\[a\\]\n",
  "\\(",
  "\\[a",
  "\\begin{align}",
  "\\",
  "\\$",
  "$x\\",
])("%j, again and again, is read in bounded time", (part) => {
  const text = part.repeat(Math.ceil(100_000 / part.length));

  const began = performance.now();
  const found = blocks(text);

  expect(performance.now() - began).toBeLessThan(MOST_MS);
  expect(found.map(({ token }) => token.raw).join("").length).toBeGreaterThan(0);
});

test("a long paragraph with some signs keeps them", () => {
  const text = `${"Some words and **bold** ones. ".repeat(100)} The _end_.`;

  const root = renderMarkdown(text);

  expect(root.querySelectorAll("strong").length).toBe(100);
  expect(root.querySelector("em")!.textContent).toBe("end");
});

test("text that would take too long is shown as it is", () => {
  const text = "_a_".repeat(30_000);

  const root = renderMarkdown(text);

  expect(root.textContent!.trim()).toBe(text);
});

test("lists and quotes nest as deeply as people write them", () => {
  const list = Array.from({ length: 6 }, (_, depth) => `${"  ".repeat(depth)}- level ${depth}`);

  expect(renderMarkdown(list.join("\n")).querySelectorAll("ul").length).toBe(6);
  expect(renderMarkdown("> > > quoted").querySelectorAll("blockquote").length).toBe(3);
});
