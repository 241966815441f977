import { afterEach, beforeEach, expect, test, vi } from "vitest";
import "../../../../web/src/element/results/pa-bundle";
import { blocks } from "../../../../web/src/render/markdown";

vi.mock("../../../../web/src/render/markdown", async (original) => {
  const module = await original<typeof import("../../../../web/src/render/markdown")>();
  return { ...module, blocks: vi.fn(module.blocks) };
});

beforeEach(() => {
  vi.mocked(blocks).mockClear();
});
afterEach(() => document.body.replaceChildren());

async function shown<T extends "pa-code" | "pa-markdown">(
  name: T,
  values: Partial<HTMLElementTagNameMap[T]>,
): Promise<HTMLElementTagNameMap[T]> {
  const element = Object.assign(document.createElement(name), values);
  document.body.append(element);
  await element.updateComplete;
  return element;
}

function parts(element: Element): HTMLElement[] {
  return [...element.shadowRoot!.querySelectorAll<HTMLElement>(".part")];
}

const LINES = Array.from({ length: 400 }, (_, i) => `value_${i} = function("text", ${i})`);
const DOCUMENTED = [
  ...LINES.slice(0, 30),
  '"""',
  ...Array.from({ length: 120 }, (_, i) => `words that are no code ${i}`),
  '"""',
  ...LINES.slice(30),
].join("\n");

test("long code is drawn in parts that together are the code", async () => {
  const code = await shown("pa-code", { code: DOCUMENTED });

  expect(parts(code).length).toBeGreaterThan(5);
  expect(
    parts(code)
      .map((part) => part.textContent)
      .join(""),
  ).toBe(DOCUMENTED);
  const strings = [...code.shadowRoot!.querySelectorAll(".hljs-string")];
  expect(
    strings.filter((one) => one.textContent!.includes("words that are no code 60")),
  ).toHaveLength(1);
});

test("code in pieces looks like the same code at once, and keeps the parts before its end", async () => {
  const pieces = await shown("pa-code", { code: "", streaming: true });
  let replaced = 0;
  new MutationObserver((records) => (replaced += records.length)).observe(
    pieces.shadowRoot!.querySelector("code")!,
    { childList: true },
  );
  for (let end = 200; end < DOCUMENTED.length + 200; end += 200) {
    pieces.code = DOCUMENTED.slice(0, end);
    await pieces.updateComplete;
  }
  const whole = await shown("pa-code", { code: DOCUMENTED, streaming: true });

  const html = (element: Element) => parts(element).map((part) => part.outerHTML);
  expect(html(pieces)).toEqual(html(whole));
  expect(replaced).toBeLessThan((3 * DOCUMENTED.length) / 200);
});

test("the end of growing code is drawn anew in its place when it loses its last line break", async () => {
  const code = await shown("pa-code", { code: "a = 1\nb = 2\n", streaming: true });

  code.code = "a = 1\nb = 2";
  await code.updateComplete;

  expect(parts(code).map((part) => part.textContent)).toEqual(["a = 1\nb = 2"]);
});

test.each(["- a\n", "1. a\n", "> a\n", "|a|b|\n|-|-|\n", "a  \n", "word ", "$$a$$\n\n"])(
  "%j again and again is read in small pieces, each a few times",
  async (part) => {
    const text = part.repeat(Math.ceil(10_000 / part.length)).slice(0, 10_000);

    const element = await shown("pa-markdown", { text });

    const sizes = vi.mocked(blocks).mock.calls.map(([source]) => source.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(9_000);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(5 * text.length);
    expect(element.shadowRoot!.textContent!.length).toBeGreaterThan(2_000);
  },
);

test("a growing text is read again only from its last block", async () => {
  const paragraph = "Some words and **bold** ones.\n\n";
  const element = await shown("pa-markdown", { text: "", streaming: true });
  for (let count = 1; count <= 200; count += 1) {
    element.text = paragraph.repeat(count);
    await element.updateComplete;
  }

  const sizes = vi.mocked(blocks).mock.calls.map(([source]) => source.length);
  expect(Math.max(...sizes)).toBeLessThan(3 * paragraph.length);
  expect(element.shadowRoot!.querySelectorAll("strong").length).toBe(200);
});

test("a long list keeps all its items, and its numbers", async () => {
  const items = Array.from({ length: 1_000 }, (_, i) => `${i + 1}. item ${i + 1}`);

  const element = await shown("pa-markdown", { text: items.join("\n") });

  const lists = [...element.shadowRoot!.querySelectorAll("ol")];
  expect(lists.length).toBeGreaterThan(1);
  expect(lists.flatMap((list) => [...list.children]).map((item) => item.textContent)).toEqual(
    items.map((item) => item.replace(/^\d+\. /, "")),
  );
  const numbers = lists.map((list) => [
    list.start,
    Number(list.firstElementChild!.textContent!.slice(5)),
  ]);
  for (const [start, first] of numbers) expect(start).toBe(first);
});

test("a long table goes on below its head", async () => {
  const rows = Array.from({ length: 500 }, (_, i) => `| ${i} | some text |`);

  const element = await shown("pa-markdown", {
    text: `Look:\n\n| n | what |\n|--:|---|\n${rows.join("\n")}\n\nThat is all.`,
  });

  const tables = [...element.shadowRoot!.querySelectorAll("table")];
  expect(tables.length).toBeGreaterThan(1);
  expect(tables.every((table) => table.querySelector("th")!.textContent === "n")).toBe(true);
  expect(tables.flatMap((table) => [...table.querySelectorAll("tbody tr")]).length).toBe(500);
  expect(element.shadowRoot!.textContent).toContain("That is all.");
});

test("a link in a long text gets the address that stands at its end", async () => {
  const text = `See [the page][p].\n\n${"Words.\n\n".repeat(1_000)}[p]: https://example.org/far`;

  const element = await shown("pa-markdown", { text });

  expect(element.shadowRoot!.querySelector("a")!.getAttribute("href")).toBe(
    "https://example.org/far",
  );
});

test("code in a long text is one block, however long", async () => {
  const code = LINES.join("\n\n");

  const element = await shown("pa-markdown", { text: `Look:\n\n\`\`\`py\n${code}\n\`\`\`\nDone.` });

  const found = element.shadowRoot!.querySelectorAll("pre");
  expect(found.length).toBe(1);
  expect(found[0]!.textContent).toBe(code);
  expect(found[0]!.querySelector(".hljs-number")).not.toBe(null);
});

test("a text that turns out to have too many blocks becomes plain, and stays so as it grows", async () => {
  const text = "# a\n".repeat(3_200);
  const element = await shown("pa-markdown", { text, streaming: true });
  const root = element.shadowRoot!;
  expect([root.querySelectorAll("h1").length, root.querySelector("pre")!.textContent]).toEqual([
    0,
    text,
  ]);
  vi.mocked(blocks).mockClear();

  element.text = `${text}# b\n`;
  await element.updateComplete;

  expect(blocks).not.toHaveBeenCalled();
}, 60_000);
