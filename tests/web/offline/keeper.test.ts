/** Tests that a build is kept as a whole or not at all, and that no file is fetched needlessly. */
// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Build } from "../../../web/src/offline/build";
import { isolated, Keeper } from "../../../web/src/offline/keeper";
import { FakeCaches } from "../support/fake_caches";

const SCOPE = new URL("https://pyagent.test/some/path/");
type Content = string | Uint8Array<ArrayBuffer>;
let host: Map<string, Content>;
/** What the browser's own cache holds, which may be old. */
let browser: Map<string, string>;
let asked: string[];
let storage: FakeCaches;

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

async function listed(content: Content) {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { bytes: bytes.length, sha256 };
}

async function lists(files: Record<string, Content>) {
  const entries = Object.entries(files).map(async ([path, text]) => [path, await listed(text)]);
  return Object.fromEntries(await Promise.all(entries));
}

interface Parts {
  page?: Record<string, string>;
  runtime?: Record<string, Content>;
  engines?: Record<string, string>;
}

/** Publishes a build on the host. */
async function publish(id: string, { page = {}, runtime = {}, engines = {} }: Parts) {
  const manifest = JSON.stringify({ files: await lists(runtime) });
  const pages = { ...page, "manifest.json": manifest };
  for (const [path, text] of Object.entries({ ...pages, ...runtime, ...engines })) {
    host.set(path, text);
  }
  const parts = [pages, runtime, engines].map(lists);
  const [pageList, runtimeList, engineList] = await Promise.all(parts);
  const build: Build = { id, page: pageList, runtime: runtimeList, engines: engineList };
  return new Keeper(build, SCOPE);
}

const ignore = (): void => undefined;
const textOf = async (keeper: Keeper, build: string, path: string) =>
  (await keeper.find(build, path))?.text();

beforeEach(() => {
  host = new Map();
  browser = new Map();
  asked = [];
  storage = new FakeCaches();
  vi.stubGlobal("caches", storage);
  vi.stubGlobal("fetch", async (url: URL, { cache }: RequestInit = {}) => {
    const path = url.pathname.slice(SCOPE.pathname.length);
    const here = cache === "force-cache" ? browser.get(path) : undefined;
    if (here !== undefined) return new Response(here);
    asked.push(path);
    const text = host.get(path);
    return text === undefined ? new Response(null, { status: 404 }) : new Response(text);
  });
});

afterEach(() => vi.unstubAllGlobals());

test("a build is kept with its page and its runtime, but without engines", async () => {
  const parts = { page: { "": "html", "main.js": "1" }, runtime: { "runtime/a": "asm" } };
  const keeper = await publish("b1", { ...parts, engines: { "wllama/w.wasm": "engine" } });
  const progress: number[][] = [];
  await keeper.keepAll((...step) => progress.push(step));

  expect(await textOf(keeper, "b1", "")).toBe("html");
  expect(await textOf(keeper, "b1", "main.js")).toBe("1");
  expect(await textOf(keeper, "b1", "wllama/w.wasm")).toBeUndefined();
  expect(asked).not.toContain("wllama/w.wasm");
  const [kept, total] = progress.at(-1)!;
  expect(kept).toBe(total);
});

test("the snapshot is kept whole, with what other files of the runtime have of it", async () => {
  const runtime = {
    // As build/repeats.mjs writes "wheel memory" beside these two.
    "runtime/snapshot.short.gz": await gzip("\x0c\0\0\0\x03\0\0\0\0\x05\x05 memory"),
    "runtime/library.zip.gz": await gzip("library"),
    "wheels/a.whl.gz": await gzip("wheel"),
  };
  const keeper = await publish("b1", { runtime });
  await keeper.keepAll(ignore);

  const store = await storage.open("pyagent-runtime");
  const snapshot = (await store.keys()).find(({ url }) => url.includes("snapshot"))!;
  expect(await (await store.match(snapshot.url))!.text()).toBe("wheel memory");
});

test("what the browser's cache holds is not fetched, unless it is old", async () => {
  const keeper = await publish("b1", { page: { "main.js": "new", "same.js": "same" } });
  browser.set("main.js", "old");
  browser.set("same.js", "same");
  await keeper.keepAll(ignore);

  expect(asked.sort()).toEqual(["main.js", "manifest.json"]);
  expect(await textOf(keeper, "b1", "main.js")).toBe("new");
});

test.each([
  ["a file is missing", () => host.delete("main.js"), "main.js answered 404"],
  ["a file is damaged", () => host.set("main.js", "2"), "main.js is damaged"],
  ["a file is cut", () => host.set("main.js", ""), "main.js is damaged"],
  ["the runtime is damaged", () => host.set("runtime/a", "b"), "runtime/a is damaged"],
  ["the storage is full", () => (storage.full = true), "no space left"],
])("nothing of a build stays when %s", async (_, damage, message) => {
  const keeper = await publish("b1", { page: { "main.js": "1" }, runtime: { "runtime/a": "a" } });
  damage();

  await expect(keeper.keepAll(ignore)).rejects.toThrow(message);

  expect((await storage.keys()).filter((name) => name.includes("b1"))).toEqual([]);
});

test("a damaged update leaves the older build alone", async () => {
  const older = await publish("b1", { page: { "main.js": "1" } });
  await older.keepAll(ignore);
  const newer = await publish("b2", { page: { "main.js": "2" } });
  host.set("main.js", "half");

  await expect(newer.keepAll(ignore)).rejects.toThrow("damaged");

  expect(await textOf(older, "b1", "main.js")).toBe("1");
});

test("an update fetches only what has changed, and engines that were used", async () => {
  const files = { page: { "main.js": "1", "same.js": "same" }, runtime: { "runtime/a": "a" } };
  const engines = { "wllama/w.wasm": "w1", "onnx/o.wasm": "o1" };
  const older = await publish("b1", { ...files, engines });
  await older.keepAll(ignore);
  await older.keep("wllama/w.wasm");
  asked = [];
  const page = { ...files.page, "main.js": "2" };
  const newer = await publish("b2", {
    ...files,
    page,
    engines: { ...engines, "wllama/w.wasm": "w2" },
  });
  await newer.keepAll(ignore);

  expect(asked.sort()).toEqual(["main.js", "wllama/w.wasm"]);
  expect(await textOf(newer, "b2", "wllama/w.wasm")).toBe("w2");
  expect(await textOf(newer, "b1", "main.js")).toBe("1");
});

test("builds that no tab uses are deleted, with what only they need", async () => {
  const first = await publish("b1", { page: { a: "1" }, runtime: { "runtime/a": "1" } });
  await first.keepAll(ignore);
  const second = await publish("b2", { page: { a: "2" }, runtime: { "runtime/a": "2" } });
  await second.keepAll(ignore);
  const third = await publish("b3", { page: { a: "3" }, runtime: { "runtime/a": "3" } });
  await third.keepAll(ignore);

  await third.forgetAllBut(new Set(["b2"]));

  expect(await textOf(third, "b1", "a")).toBeUndefined();
  expect(await textOf(third, "b2", "a")).toBe("2");
  const store = await storage.open("pyagent-runtime");
  expect(await store.keys()).toHaveLength(2);
});

test("another site on the same host keeps its files", async () => {
  const store = await storage.open("pyagent-runtime");
  await store.put("https://pyagent.test/another/runtime/a?v=1", new Response("theirs"));
  await storage.open("pyagent-build b0 https://pyagent.test/another/");
  const keeper = await publish("b1", { page: { a: "1" } });
  await keeper.keepAll(ignore);

  await keeper.forgetAllBut(new Set());

  expect(await store.keys()).toHaveLength(1);
  expect(await storage.keys()).toContain("pyagent-build b0 https://pyagent.test/another/");
});

test("an answer gets the headers of isolation, but keeps the host's own", async () => {
  const headers = { "Content-Encoding": "br", "Cross-Origin-Embedder-Policy": "credentialless" };
  const answer = isolated(new Response("text", { headers }));

  expect(answer.headers.get("cross-origin-opener-policy")).toBe("same-origin");
  expect(answer.headers.get("cross-origin-embedder-policy")).toBe("credentialless");
  expect(answer.headers.get("permissions-policy")).toContain("camera=()");
  expect(answer.headers.get("content-encoding")).toBeNull();
  expect(await answer.text()).toBe("text");
});
