import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listLocalModels, sourceFromFile, sourceFromUrl } from "../../../web/src/models/catalog";
import { download } from "../../../web/src/models/download";
import { FakeCaches } from "../support/fake_caches";
import { FakeFiles } from "../support/fake_files";
import { checkMemory, checkStorage, explainFailure } from "../../../web/src/models/fit";

const WEIGHTS = new TextEncoder().encode(`GGUF${"weights ".repeat(40_000)}`);
const SHA256 = await sha256(WEIGHTS);
const BASE = "https://site.test/";
const PIECE_BYTES = 10_000;

/** The range header of each request. */
let ranges: (string | null)[];
/** The number of bytes that each response sends before the connection is cut. */
let cuts: number[];
let content: Uint8Array<ArrayBuffer>;
let list: string;

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A server of weights that supports ranges and loses connections. */
async function serve(url: string | URL, options?: RequestInit): Promise<Response> {
  if (String(url).endsWith("/models.json")) {
    return new Response(list, { status: list ? 200 : 404 });
  }
  const range = new Headers(options?.headers).get("range");
  ranges.push(range);
  const start = range ? Number(range.slice("bytes=".length, -1)) : 0;
  const rest = content.subarray(start);
  const headers = { "content-length": String(rest.length) };
  return new Response(streamOf(rest, cuts.shift()), { status: range ? 206 : 200, headers });
}

function streamOf(bytes: Uint8Array<ArrayBuffer>, cut = Infinity): ReadableStream {
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      if (sent >= cut) return controller.error(new TypeError("network error"));
      if (sent >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(sent, (sent += PIECE_BYTES)));
    },
  });
}

beforeEach(() => {
  ranges = [];
  cuts = [];
  content = WEIGHTS;
  list = "[]";
  vi.stubGlobal("fetch", serve);
  // A browser in a private window has locks, but no file system.
  vi.stubGlobal("navigator", {
    locks: { request: (_: string, task: () => unknown) => task() },
    storage: { estimate: async () => ({ quota: 1e9, usage: 4e8 }) },
    deviceMemory: 8,
  });
});

afterEach(() => vi.unstubAllGlobals());

const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());
const request = (sha256: string | null = SHA256) => ({
  url: `${BASE}tiny.gguf`,
  key: "tiny",
  name: "Tiny",
  bytes: WEIGHTS.length,
  sha256,
});
const source = (bytes: number) => ({ ...sourceFromUrl(`${BASE}tiny.gguf`), bytes });

test("weights arrive complete, with progress", async () => {
  const seen: number[] = [];

  const blob = await download(request(), ({ loaded }) => seen.push(loaded));

  expect(await sha256(await bytesOf(blob))).toBe(SHA256);
  expect(seen.at(-1)).toBe(WEIGHTS.length);
});

test("a download continues where its connection was cut", async () => {
  cuts = [100_000, 50_000];

  const blob = await download(request(), () => undefined);

  expect(await sha256(await bytesOf(blob))).toBe(SHA256);
  expect(ranges).toEqual([null, "bytes=100000-", "bytes=150000-"]);
});

test("a download from a server that always cuts fails with advice", async () => {
  const files = new FakeFiles();
  Object.assign(navigator.storage, { getDirectory: () => files.getDirectory() });
  cuts = [100_000, 0, 0, 0, 0];

  const bringing = download(
    request(),
    () => undefined,
    async () => undefined,
  );
  await expect(bringing).rejects.toMatchObject({
    kind: "unreachable",
    advice: expect.stringContaining("continues where this one stopped"),
  });
});

test("a file with another hash is refused", async () => {
  content = WEIGHTS.with(-1, 0);

  await expect(download(request(), () => undefined)).rejects.toMatchObject({ kind: "wrong_file" });
});

test("a web page instead of a model is refused at once", async () => {
  content = new TextEncoder().encode("<!doctype html>");

  await expect(download({ ...request(null), bytes: null }, () => undefined)).rejects.toMatchObject({
    kind: "wrong_file",
    message: expect.stringContaining("not a GGUF file"),
  });
});

test("the site's list is read, with absolute addresses", async () => {
  list = JSON.stringify([
    { id: "a", url: "models/a.gguf" },
    { id: "b", url: "https://h.test/b" },
  ]);

  const models = await listLocalModels(new URL(BASE));

  expect(models.map(({ url }) => url)).toEqual([`${BASE}models/a.gguf`, "https://h.test/b"]);
});

test("a site without a list has no local models", async () => {
  list = "";

  expect(await listLocalModels(new URL(BASE))).toEqual([]);
});

test.each(["<html>", "[{", "null", "{}", '"text"'])(
  "the broken list %s is reported",
  async (text) => {
    list = text;

    await expect(listLocalModels(new URL(BASE))).rejects.toMatchObject({
      kind: "unreachable",
      message: expect.stringContaining("The list of local models could not be read"),
    });
  },
);

test.each(["<!doctype html><title>Log in</title>", "[{", "null"])(
  "after the broken list %s that of the last visit counts, now and later",
  async (text) => {
    vi.stubGlobal("caches", new FakeCaches());
    list = JSON.stringify([{ id: "a", name: "A", url: "models/a.gguf" }]);
    const [model] = await listLocalModels(new URL(BASE));
    list = text;
    expect(await listLocalModels(new URL(BASE))).toEqual([model]);

    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));

    expect(await listLocalModels(new URL(BASE))).toEqual([model]);
  },
);

test("entries of the list that are no models are left out", async () => {
  list = JSON.stringify([null, 1, { id: "x" }, { id: "a", name: "A", url: "a.gguf" }]);

  expect(await listLocalModels(new URL(BASE))).toMatchObject([{ id: "a", name: "A" }]);
});

test.each(["", "model.gguf", "file:///etc/passwd", "javascript:alert(1)"])(
  "%j is not the address of a model",
  (address) => expect(() => sourceFromUrl(address)).toThrow("is not a web address"),
);

test("a person's own file is a model that cannot be verified", () => {
  const own = sourceFromFile(new File(["GGUF"], "own.gguf"));

  expect(own).toMatchObject({ name: "own.gguf", bytes: 4, sha256: null, licence: null });
});

test.each([
  [8, 4.2e9, "a page can give it 4.3 GB"],
  [1, 0.9e9, "this device has about 1 GB"],
])("a device with %d GB refuses a model of %d bytes", (deviceMemory, bytes, why) => {
  vi.stubGlobal("navigator", { deviceMemory });

  expect(() => checkMemory(source(bytes))).toThrow(why);
});

test("a model that fits is not refused", async () => {
  checkMemory(source(0.5e9));
  await checkStorage(source(0.5e9));
});

test("too little storage is reported before the download", async () => {
  await expect(checkStorage(source(0.7e9))).rejects.toMatchObject({
    kind: "no_storage",
    message: expect.stringContaining(
      "needs 0.7 GB of storage, and this browser grants this page 0.6 GB",
    ),
  });
});

test.each([
  ["memory access out of bounds", "no_memory"],
  ["the request exceeds the available context size", "context_overflow"],
  ["unreachable", "model"],
])("the failure %j is explained as %s", (text, kind) => {
  expect(explainFailure(new Error(text), source(1)).kind).toBe(kind);
});

test("the advice for a long conversation names the page's button", () => {
  const { advice } = explainFailure(new Error("the context size is exceeded"), source(1));

  expect(advice).toBe("Start a new conversation, or choose a larger model.");
});
