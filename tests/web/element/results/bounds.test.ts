import { afterEach, expect, test, vi } from "vitest";
import "../../../../web/src/element/results/pa-bundle";
import { viewOf } from "../../../../web/src/render/bundle";

afterEach(() => {
  document.body.replaceChildren();
  vi.restoreAllMocks();
});

async function shown<T extends keyof HTMLElementTagNameMap>(
  name: T,
  values: Partial<HTMLElementTagNameMap[T]>,
): Promise<ShadowRoot> {
  const element = Object.assign(document.createElement(name), values);
  document.body.append(element);
  await (element as unknown as { updateComplete: Promise<unknown> }).updateComplete;
  return element.shadowRoot!;
}

const LONG = "some words ".repeat(100_000);

test.each([
  ["pa-markdown", { text: LONG }],
  ["pa-markdown", { text: LONG, streaming: true }],
  ["pa-code", { code: LONG }],
  ["pa-code", { code: LONG, streaming: true }],
  ["pa-bundle", { view: { kind: "text", text: LONG } }],
] as const)("%s draws a part of a long text: %#", async (name, values) => {
  const root = await shown(name, values as never);

  const drawn = root.querySelector("pre")!.textContent!;
  expect(drawn.length).toBe(100_000);
  if (!("streaming" in values)) {
    expect(root.textContent).toContain("1,000,000 more characters are not shown.");
  }
});

test("a text of very many blocks is drawn as plain text", async () => {
  const root = await shown("pa-markdown", { text: "a\n\n".repeat(20_000) });

  expect(root.querySelectorAll("*").length).toBeLessThan(20);
});

test("Markdown that replaces a long text is Markdown again, and the other way round", async () => {
  const root = await shown("pa-markdown", { text: LONG });
  const element = root.host as HTMLElementTagNameMap["pa-markdown"];

  element.text = "Short and **bold**";
  await element.updateComplete;
  expect([root.querySelector("pre"), root.querySelector("strong")!.textContent]).toEqual([
    null,
    "bold",
  ]);

  element.text = LONG;
  await element.updateComplete;
  expect(root.querySelector("strong")).toBe(null);
});

test("a growing text past the limit changes nothing that is drawn", async () => {
  const root = await shown("pa-markdown", { text: LONG, streaming: true });
  const element = root.host as HTMLElementTagNameMap["pa-markdown"];
  const drawn = root.querySelector("pre")!.firstChild;

  element.text += "more";
  await element.updateComplete;

  expect(root.querySelector("pre")!.firstChild).toBe(drawn);
});

test.each([
  [{ "text/html": "<p>".repeat(2_000_000) }, "html"],
  [{ "image/svg+xml": "x".repeat(21_000_000) }, "svg"],
])("something too large to draw is a download", async (bundle, extension) => {
  const view = viewOf(bundle);
  expect(view).toMatchObject({ kind: "file", extension });

  const root = await shown("pa-bundle", { view, name: "result" });

  expect(root.querySelector("pa-file")!.name).toBe(`result.${extension}`);
});

test("a thousand pages are twenty frames, and the others are shown on request", async () => {
  for (let i = 0; i < 1_000; i += 1) {
    document.body.append(Object.assign(document.createElement("pa-html"), { html: `<p>${i}` }));
  }
  const all = [...document.querySelectorAll("pa-html")];
  await Promise.all(all.map((one) => one.updateComplete));
  const frames = () => all.filter((one) => one.shadowRoot!.querySelector("iframe")).length;
  expect(frames()).toBe(20);

  all[500]!.shadowRoot!.querySelector("button")!.click();
  await all[500]!.updateComplete;
  expect(frames()).toBe(21);
});

test("formulas of a growing text are set, and stay set when it ends", async () => {
  const root = await shown("pa-markdown", { text: "so $x^2$ is", streaming: true });
  const element = root.host as HTMLElementTagNameMap["pa-markdown"];
  await vi.waitFor(() => expect(root.querySelector("math")).not.toBe(null));

  element.text += " and $y$";
  element.streaming = false;
  await element.updateComplete;

  await vi.waitFor(() => expect(root.querySelectorAll("math").length).toBe(2));
});
