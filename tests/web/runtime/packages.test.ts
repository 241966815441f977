/** Tests what the site's list is when its host is slow or in trouble, and which records count. */
// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PackageStore, readLock } from "../../../web/src/runtime/packages";
import { FakeCaches } from "../support/fake_caches";

const FOLDER = new URL("http://pyagent.test/packages/");
const LOCK = JSON.stringify({ packages: {}, coming: [], missing: {} });
const JSON_TYPE = { "content-type": "application/json" };
const HTML_TYPE = { "content-type": "text/html; charset=utf-8" };

let caches: FakeCaches;
let answer: () => Response;
/** The time limits that were set, and what ends them. */
let limits: { ms: number; pass: () => void }[];

/** A promise that nothing settles but the end of the request. */
const never = (signal: AbortSignal | null | undefined): Promise<never> =>
  new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));

beforeEach(() => {
  [caches, limits] = [new FakeCaches(), []];
  answer = () => new Response(LOCK, { headers: JSON_TYPE });
  vi.stubGlobal("caches", caches);
  vi.stubGlobal("fetch", async () => answer());
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    const control = new AbortController();
    limits.push({ ms, pass: () => control.abort(new DOMException("too slow", "TimeoutError")) });
    return control.signal;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const read = (): Promise<string | null> => new PackageStore(FOLDER).lockText();

async function visited(): Promise<void> {
  expect(await read()).toBe(LOCK);
  limits.length = 0;
}

const troubles: [string, () => Response][] = [
  ["429", () => new Response("Slow down.", { status: 429 })],
  ["500", () => new Response("Broken.", { status: 500 })],
  ["503", () => new Response("{}", { status: 503, headers: JSON_TYPE })],
  ["a page", () => new Response("<!doctype html>", { headers: HTML_TYPE })],
  ["a text that is cut off", () => new Response(LOCK.slice(0, 20), { headers: JSON_TYPE })],
];

test.each(troubles)("after %s the list of the last visit counts", async (_, trouble) => {
  await visited();
  answer = trouble;
  expect(await read()).toBe(LOCK);
  answer = () => new Response("", { status: 404 });
  expect(await read()).toBe("");
});

test.each(troubles)("after %s a first visit has no list", async (_, trouble) => {
  answer = trouble;
  expect(await read()).toBe("");
});

test("a host that does not answer is waited for a few seconds where a list is kept", async () => {
  await visited();
  vi.stubGlobal("fetch", (__: URL, { signal }: RequestInit) => never(signal));

  const text = read();
  await vi.waitFor(() => expect(limits).toHaveLength(1));
  limits[0]!.pass();

  expect(await text).toBe(LOCK);
  expect(limits[0]!.ms).toBeLessThanOrEqual(5000);
});

test("a host that stops within its answer is not waited for either", async () => {
  await visited();
  vi.stubGlobal("fetch", async (__: URL, { signal }: RequestInit) => {
    const body = new ReadableStream({
      start: (control) => signal?.addEventListener("abort", () => control.error(signal.reason)),
    });
    return new Response(body, { headers: JSON_TYPE });
  });

  const text = read();
  await vi.waitFor(() => expect(limits).toHaveLength(1));
  limits[0]!.pass();

  expect(await text).toBe(LOCK);
});

test("a first visit waits longer, but not for ever", async () => {
  vi.stubGlobal("fetch", (__: URL, { signal }: RequestInit) => never(signal));

  const text = read();
  await vi.waitFor(() => expect(limits).toHaveLength(1));
  limits[0]!.pass();

  expect(await text).toBeNull();
  expect(limits[0]!.ms).toBeGreaterThan(10_000);
});

test.each(["{", "null", "[]", '{"modules":[]}', '{"modules":[1],"files":[]}'])(
  "a record of what was used that reads %s counts as none",
  async (text) => {
    const store = await caches.open("pyagent-packages");
    await store.put(new URL("used.json", FOLDER), new Response(text));

    expect(await new PackageStore(FOLDER).used()).toBeNull();
  },
);

test("what is no package is left out of the list, and the others stay", () => {
  const good = { file: "a.whl.gz", sha256: "0", bytes: 1, version: "1", depends: [] };
  const broken = [null, 1, "a", {}, { ...good, file: null }, { ...good, sha256: 1 }];
  const bare = { file: "b.whl.gz", sha256: "1" };
  const packages = Object.fromEntries(broken.map((one, at) => [`bad${at}`, one]));
  const lock = {
    packages: { ...packages, good, bare },
    coming: [1],
    missing: { a: null, b: "Why." },
  };

  const read = readLock(JSON.stringify(lock));

  const filled = { ...bare, bytes: 0, depends: [] };
  const missing = { b: "Why." };
  expect(read).toEqual({ packages: { good, bare: filled }, coming: [], missing, prepared: null });
});

test.each(["", "null", "1", "[]", '{"packages":null}', '{"packages":{"a":null}}', "{"])(
  "the list %s has no packages",
  (text) =>
    expect(readLock(text)).toEqual({ packages: {}, coming: [], missing: {}, prepared: null }),
);
