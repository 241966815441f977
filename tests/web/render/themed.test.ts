import { expect, test } from "vitest";
import { viewOf } from "../../../web/src/render/bundle";
import { hasOpenColours, withColours } from "../../../web/src/render/themed";

const INK = "var(--pyagent-text, #000000)";
const DRAWING = `<svg style="fill: ${INK}; stroke: var(--pyagent-background, #ffffff)"/>`;
const PNG = btoa("pixels");

test.each([
  [null, "#000000", "#ffffff"],
  [
    { text: "rgb(1, 2, 3)", background: "oklch(0.2 0 0 / 50%)" },
    "rgb(1, 2, 3)",
    "oklch(0.2 0 0 / 50%)",
  ],
  [{ text: '"/><script>', background: "" }, "#000000", "#ffffff"],
  [{ text: "url(#a)", background: "red;x" }, "#000000", "#ffffff"],
])("open colours become those of the theme, if they are colours", (colours, ink, paper) => {
  expect(withColours(DRAWING, colours)).toBe(`<svg style="fill: ${ink}; stroke: ${paper}"/>`);
});

test("only what leaves its colours open follows the theme", () => {
  expect(hasOpenColours(DRAWING)).toBe(true);
  for (const other of ["<svg fill='#000000'/>", "var(--pyagent-text, red)", "var(--x, #000000)"]) {
    expect(hasOpenColours(other)).toBe(false);
    expect(withColours(other, { text: "red", background: "red" })).toBe(other);
  }
});

test("a figure that came in both forms is drawn as SVG and saved as pixels", () => {
  const view = viewOf({ "text/plain": "", "image/svg+xml": DRAWING, "image/png": PNG });
  expect(view).toMatchObject({ kind: "image", extension: "png", drawing: DRAWING });
  expect(view.kind === "image" && view.blob.type).toBe("image/png");
});

test("a drawing that is too long gives way to the pixels", () => {
  const long = `<svg>${" ".repeat(1_000_001)}</svg>`;
  const view = viewOf({ "text/plain": "", "image/svg+xml": long, "image/png": PNG });
  expect(view).toMatchObject({ kind: "image", extension: "png", drawing: null });
});

test("a drawing alone is saved in colours of its own", async () => {
  const view = viewOf({ "text/plain": "", "image/svg+xml": DRAWING });
  expect(view).toMatchObject({ kind: "image", extension: "svg", drawing: DRAWING });
  const saved = view.kind === "image" ? await view.blob.text() : "";
  expect(saved).toBe(withColours(DRAWING, null));
});
