import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PaOutput } from "../../../../web/src/element/results/pa-output";
import { prepareJsdom } from "../../support/page_element";

let grown: () => void;

beforeEach(async () => {
  prepareJsdom();
  vi.stubGlobal(
    "ResizeObserver",
    class {
      constructor(callback: () => void) {
        grown = callback;
      }
      observe() {}
      disconnect() {}
    },
  );
  await import("../../../../web/src/element/results/pa-output");
});
afterEach(() => {
  document.body.replaceChildren();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

async function shown(text: string): Promise<PaOutput> {
  const element = document.createElement("pa-output");
  element.text = text;
  document.body.append(element);
  await element.updateComplete;
  return element;
}

const line = (n: number) => `line ${n}\n`;

test("output that grows asks for its height only when the browser has laid it out", async () => {
  const asked = vi.spyOn(Element.prototype, "scrollHeight", "get").mockReturnValue(500);
  const output = await shown("a\n");
  for (let n = 0; n < 50; n += 1) {
    output.text += line(n);
    await output.updateComplete;
  }
  expect(asked).not.toHaveBeenCalled();

  grown();
  await vi.waitFor(() => expect(output.renderRoot.querySelector(".more")).not.toBe(null));
  expect(output.renderRoot.querySelector("pre")!.scrollTop).toBe(500);
});

test("long output is blocks of lines that together are the output, and only the last changes", async () => {
  const text = Array.from({ length: 1_050 }, (_, n) => line(n)).join("");
  const output = await shown(text);
  const blocks = () => [...output.renderRoot.querySelectorAll(".lines")];
  const before = blocks().map((block) => block.firstElementChild ?? block.textContent);
  expect(before.join("")).toBe(text.trimEnd());
  const [first] = blocks();

  output.text += line(1_050);
  await output.updateComplete;

  expect(blocks()).toHaveLength(11);
  expect(blocks()[0]).toBe(first);
  expect(
    blocks()
      .slice(0, 10)
      .map((block) => block.textContent),
  ).toEqual(before.slice(0, 10));
});

test("short output is one text", async () => {
  const output = await shown("one\ntwo\n");

  expect(output.renderRoot.querySelector(".lines")).toBe(null);
  expect(output.renderRoot.querySelector("pre")!.textContent).toBe("one\ntwo");
});
