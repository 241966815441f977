import { afterEach, expect, test } from "vitest";
import "../../../../web/src/element/results/pa-markdown";
import type { PaMarkdown } from "../../../../web/src/element/results/pa-markdown";

afterEach(() => document.body.replaceChildren());

async function mount(text: string): Promise<PaMarkdown> {
  const element = document.createElement("pa-markdown");
  element.streaming = true;
  document.body.append(element);
  await write(element, text);
  return element;
}

async function write(element: PaMarkdown, text: string): Promise<void> {
  element.text = text;
  await element.updateComplete;
}

function blocks(element: PaMarkdown): Element[] {
  return [...element.renderRoot.querySelectorAll("div")];
}

test("growing text leaves its finished blocks alone", async () => {
  const element = await mount("One.\n\nTwo");
  const [first, second] = blocks(element);

  await write(element, "One.\n\nTwo **bold**\n\nThree");

  expect(blocks(element)[0]).toBe(first);
  expect(blocks(element)[1]).not.toBe(second);
  expect(blocks(element).map((block) => block.textContent!.trim())).toEqual([
    "One.",
    "Two bold",
    "Three",
  ]);
});

test("text in pieces looks like the same text at once", async () => {
  const text =
    "# A\r\n\r\n- x\r\n- y\r\n\r\n  z\r\n\r\n```py\nx = 1\n\ny = 2\n```\n\n| a |\n|---|\n| 1 |\n\nEnd.";
  const pieces = await mount("");
  for (let end = 1; end <= text.length; end += 1) await write(pieces, text.slice(0, end));

  const whole = await mount(text);

  const html = (element: PaMarkdown) => blocks(element).map((block) => block.innerHTML);
  expect(html(pieces)).toEqual(html(whole));
});

test("a link whose address comes later is complete at the end", async () => {
  const text = "See [the page][p].\n\nMore.\n\n[p]: https://example.org/later";
  const element = await mount("See [the page][p].\n\nMore.");
  await write(element, text);

  element.streaming = false;
  await element.updateComplete;

  expect(element.renderRoot.querySelector("a")?.getAttribute("href")).toBe(
    "https://example.org/later",
  );
});

test("replaced text leaves nothing behind", async () => {
  const element = await mount("One.\n\nTwo.\n\nThree.");

  await write(element, "Other.");

  expect(blocks(element).map((block) => block.textContent!.trim())).toEqual(["Other."]);
});
