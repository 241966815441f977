/** Tests what becomes of files and text that another app shares with the page. */
// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepShared, takeShared } from "../../../web/src/offline/shared";
import { FakeCaches } from "../support/fake_caches";

const SCOPE = new URL("https://site.test/sub/");

beforeEach(() => {
  const caches = new FakeCaches();
  vi.stubGlobal("caches", {
    open: async (name: string) => {
      const cache = await caches.open(name);
      return { ...cache, match: ({ url }: { url: string }) => cache.match(url) };
    },
  });
});
afterEach(() => vi.unstubAllGlobals());

async function share(...parts: [name: string, value: string | File][]) {
  const form = new FormData();
  for (const [name, value] of parts) form.append(name, value);
  await keepShared(SCOPE, new Request(SCOPE, { method: "POST", body: form }));
  const { files, text } = await takeShared(SCOPE);
  return { files: files.map(({ name }) => name), text };
}

test("text arrives as text, each part in a line", async () => {
  const parts = await share(["title", "Rain"], ["text", "Sum it."], ["url", "https://a.test/"]);

  expect(parts).toEqual({ files: [], text: "Rain\nSum it.\nhttps://a.test/" });
});

test("what an app repeats arrives once, and empty parts not at all", async () => {
  const parts = await share(
    ["title", " "],
    ["text", "https://a.test/"],
    ["url", "https://a.test/"],
  );

  expect(parts).toEqual({ files: [], text: "https://a.test/" });
});

test("files keep their names beside the text, and all is forgotten once it is taken", async () => {
  const file = new File(["a;b"], "Umsätze / 2026.csv");

  expect(await share(["text", "Sum it."], ["files", file])).toEqual({
    files: ["Umsätze / 2026.csv"],
    text: "Sum it.",
  });
  expect(await takeShared(SCOPE)).toEqual({ files: [], text: "" });
});
