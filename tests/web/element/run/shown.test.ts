import { afterEach, expect, test } from "vitest";
import "../../../../web/src/element/run/pa-shown";
import { mayBeRich } from "../../../../web/src/element/run/pa-shown";
import { viewOf, type View } from "../../../../web/src/render/bundle";
import type { Bundle } from "../../../../web/src/protocol";

afterEach(() => document.body.replaceChildren());

const TABLE = { "application/vnd.dataresource+json": { data: [{ a: 1 }, { a: 2 }] } };
const PLOT = { "image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg"/>' };

async function shown(bundle: Bundle, answer: View | null = null): Promise<string | null> {
  const element = Object.assign(document.createElement("pa-shown"), { bundle, answer });
  document.body.append(element);
  await element.updateComplete;
  const drawn = element.renderRoot.querySelector("pa-bundle");
  expect(element.hidden).toBe(drawn === null);
  return drawn && drawn.view.kind;
}

test.each([
  [TABLE, "table"],
  [PLOT, "image"],
  [{ "text/html": "<p>page" }, "html"],
  [{ "application/json": [{ a: 1 }] }, "table"],
  [{ "application/json": { a: 1 } }, null],
  [{ "image/png": "no base64 at all!" }, null],
  [{ "text/plain": "words" }, null],
])("%j stays in view as %s", async (bundle, kind) => {
  expect(await shown(bundle)).toBe(kind);
  if (kind) expect(mayBeRich(bundle)).toBe(true);
});

test("a table that is the answer is not shown twice", async () => {
  expect(await shown(TABLE, viewOf({ ...TABLE }))).toBe(null);
  expect(await shown(TABLE, { kind: "text", text: "2" })).toBe("table");
});

test("text is not even read", () => {
  expect([mayBeRich({ "text/plain": "a", "text/markdown": "a" }), mayBeRich({})]).toEqual([
    false,
    false,
  ]);
});
