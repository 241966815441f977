// @vitest-environment node
/** Where a text becomes a document or a script in web/src: only trusted.ts decides about it. */
import { glob, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const source = fileURLToPath(new URL("../../web/src/", import.meta.url));

const sinks = [
  /\bnew (?:Shared)?Worker\((?!(?:ownScript|blobScript)\()/,
  /\bimportScripts\(|\b(?:eval|Function)\(|\bset(?:Timeout|Interval)\(["'`]/,
  /\b(?:inner|outer)HTML\s*=|\binsertAdjacentHTML\(|\bsetHTMLUnsafe\(|\bparseHTMLUnsafe\(/,
  /\bdocument\.write(?:ln)?\(|\bcreateContextualFragment\(|\bparseFromString\(|\bexecCommand\(/,
  /\bsrcdoc\s*=(?!\s*fencedDocument\()(?!\$\{guard\(\[this\.html\], \(\) => documentOf\()/,
  /\bcreateElement\(["'`](?:script|object|embed)|\.codeBase\s*=|\bcreateElementNS\([^)]*script/,
  /\bsetAttribute\(["'`](?:on|src|data["'`])|\bjavascript:/,
  /\bunsafe(?:HTML|SVG|MathML|Static)\b|\bcreatePolicy\b|\btrustedTypes\b/,
];

const found = (text) => sinks.flatMap((sink) => sink.exec(text)?.[0] ?? []);

test("no file but trusted.ts has an open sink", async () => {
  const files = await Array.fromAsync(glob("**/*.ts", { cwd: source }));
  expect(files.length).toBeGreaterThan(100);
  // process/ runs under Deno, where there is no document.
  const ofPages = files.filter((name) => name !== "trusted.ts" && !name.startsWith("process/"));
  for (const file of ofPages)
    expect([file, found(await readFile(`${source}${file}`, "utf8"))]).toEqual([file, []]);
});

test("every service worker is registered by a marked address", async () => {
  const text = await readFile(`${source}offline/offline.ts`, "utf8");
  expect(text).toContain("const url = ownScript(");
  expect(text.match(/\.register\(.*/g)).toEqual(
    ['register(url, { updateViaCache: "none" });'].map((rest) => `.${rest}`),
  );
});

test.each([
  'new Worker(URL.createObjectURL(blob), { type: "module" })',
  'new Worker("x.js")',
  "element.innerHTML = text",
  "frame.srcdoc = text",
  "html`<iframe srcdoc=${text}></iframe>`",
  "new DOMParser().parseFromString(text, 'text/html')",
  'document.createElement("script")',
  "html`${unsafeHTML(text)}`",
  "eval(text)",
  'setTimeout("1", 0)',
])("%s would be found", (text) => {
  expect(found(text)).not.toEqual([]);
});
