/** Tests that a download goes on where it stopped, and what becomes of one that cannot. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { download, type DownloadProgress } from "../../../web/src/models/download";
import { keptWeights, removeWeights } from "../../../web/src/models/weights";
import { sourceFromUrl } from "../../../web/src/models/catalog";
import { FakeFiles } from "../support/fake_files";
import { FlakyHost, sha256Of, type Bytes } from "../support/flaky_host";

const WEIGHTS: Bytes = new TextEncoder().encode(`GGUF${"weights ".repeat(40_000)}`);
const OTHER: Bytes = new TextEncoder().encode(`GGUF${"another ".repeat(40_000)}`);
const SHA256 = await sha256Of(WEIGHTS);
const URL = "https://host.test/tiny.gguf";

let host: FlakyHost;
let files: FakeFiles;
let seen: DownloadProgress[];

beforeEach(() => {
  host = new FlakyHost(WEIGHTS);
  files = new FakeFiles();
  seen = [];
  vi.stubGlobal("fetch", host.fetch);
  vi.stubGlobal("navigator", {
    locks: { request: (_: string, task: () => unknown) => task() },
    storage: { getDirectory: () => files.getDirectory() },
  });
});

afterEach(() => vi.unstubAllGlobals());

/** Downloads the model, without waiting between tries. */
async function bring(sha256: string | null = SHA256): Promise<string> {
  const bytes = sha256 === null ? null : WEIGHTS.length;
  const request = { url: URL, key: "tiny", name: "Tiny", bytes, sha256 };
  const blob = await download(
    request,
    (progress) => seen.push(progress),
    async () => undefined,
  );
  return sha256Of(new Uint8Array(await blob.arrayBuffer()));
}

/** A visit that ends in the middle: its connection is cut, and no other can be made. */
async function stopAt(bytes: number, sha256: string | null = SHA256): Promise<void> {
  const { fetch } = host;
  let answered = 0;
  vi.stubGlobal("fetch", (...args: Parameters<typeof fetch>) => {
    if (answered++) throw new TypeError("no network");
    host.cuts = [bytes];
    return fetch(...args);
  });
  await expect(bring(sha256)).rejects.toMatchObject({ kind: "unreachable" });
  vi.stubGlobal("fetch", fetch);
  host.ranges.length = 0;
  seen = [];
}

const notes = (): Set<string | null> => new Set(seen.map(({ note }) => note));
const here = (): number => files.sizeOf("tiny.gguf");

test("the next visit goes on where the last one stopped", async () => {
  await stopAt(100_000);

  expect(await bring()).toBe(SHA256);

  expect(host.ranges).toEqual(["bytes=100000-"]);
  expect(seen[0]).toMatchObject({ checking: true, loaded: 100_000 });
  expect(notes()).toEqual(new Set([null]));
});

test("a file without a known hash goes on when its host says that it is the same", async () => {
  await stopAt(100_000, null);

  expect(await bring(null)).toBe(SHA256);

  expect(host.ranges).toEqual(["bytes=100000-"]);
});

test.each([
  ["another version", '"2"', "has changed"],
  ["no version", null, "has changed"],
  ["a weak version", 'W/"1"', "has changed"],
])("a file without a known hash starts over with %s", async (_, etag, why) => {
  await stopAt(100_000, null);
  host.content = OTHER;
  host.etag = etag;

  expect(await bring(null)).toBe(await sha256Of(OTHER));

  expect([...notes()].join()).toContain(why);
});

test("a host that ignores ranges starts over, and that is said", async () => {
  await stopAt(100_000);
  host.takesRanges = false;

  expect(await bring()).toBe(SHA256);

  expect([...notes()].join()).toContain("The host cannot continue a download, so it starts over.");
});

test("a host that ignores ranges and cuts each time is given up", async () => {
  host.takesRanges = false;
  host.cuts = Array.from({ length: 50 }, () => 100_000);

  await expect(bring()).rejects.toMatchObject({ kind: "unreachable" });

  expect(host.ranges.length).toBeLessThan(8);
});

test("a connection that is cut again and again comes to its end as long as something comes", async () => {
  host.cuts = Array.from({ length: 32 }, () => 10_000);

  expect(await bring()).toBe(SHA256);
});

test("a host in trouble is asked again, and what is here stays", async () => {
  await stopAt(100_000);
  host.statuses = [503, 429, 500];

  expect(await bring()).toBe(SHA256);

  expect(host.ranges).toEqual(Array.from({ length: 4 }, () => "bytes=100000-"));
});

test.each([
  [404, "answered 404 for Tiny", "Try again, or choose another model."],
  [403, "answered 403 for Tiny", "wants a login"],
  [503, "could not be downloaded from host.test (host.test answered 503)", "continues where"],
])("an answer of %d leaves what is here", async (status, message, advice) => {
  await stopAt(100_000);
  host.statuses = Array.from({ length: 9 }, () => status);

  await expect(bring()).rejects.toMatchObject({
    message: expect.stringContaining(message),
    advice: expect.stringContaining(advice),
  });

  expect(here()).toBe(100_000);
  host.statuses = [];
  expect(await bring()).toBe(SHA256);
});

test("a wrong address of a person's own is said to be", async () => {
  host.statuses = [404];

  await expect(bring(null)).rejects.toMatchObject({ advice: "Check the address." });
});

test.each([
  ["a page", new TextEncoder().encode("<!doctype html>Log in first."), "is not"],
  ["a shorter file", WEIGHTS.slice(0, 200_000), "it has 200000 bytes instead of 320004"],
  ["a longer file", new Uint8Array([...WEIGHTS, 1]), "it has 320005 bytes instead of 320004"],
])("%s in place of the rest leaves what is here", async (_, content, why) => {
  await stopAt(100_000);
  host.content = content;
  host.takesRanges = false;

  await expect(bring()).rejects.toMatchObject({
    kind: "wrong_file",
    message: expect.stringContaining(why),
  });

  expect(here()).toBe(100_000);
  host.content = WEIGHTS;
  expect(await bring()).toBe(SHA256);
});

test("an empty answer is not taken for the rest", async () => {
  await stopAt(100_000, null);
  host.takesRanges = false;
  host.content = new Uint8Array();

  await expect(bring(null)).rejects.toMatchObject({
    message: expect.stringContaining("nothing came"),
  });

  expect(here()).toBe(100_000);
});

test("a body that ends too early is not taken for the file", async () => {
  host.content = WEIGHTS.slice(0, 200_000);
  host.tellsLength = false;

  await expect(bring()).rejects.toMatchObject({
    message: expect.stringContaining("it has 200000 bytes instead of 320004"),
  });

  host.content = WEIGHTS;
  expect(await bring()).toBe(SHA256);
  expect(host.ranges.at(-1)).toBe("bytes=200000-");
});

test("bytes after the end of the right file do no harm", async () => {
  host.content = new Uint8Array([...WEIGHTS, ...WEIGHTS]);
  host.tellsLength = false;

  expect(await bring()).toBe(SHA256);
});

test("wrong bytes are refused and not kept", async () => {
  host.content = OTHER;

  await expect(bring()).rejects.toMatchObject({
    message: expect.stringContaining("is not the model it should be: its SHA-256 differs"),
  });

  expect(here()).toBe(0);
  host.content = WEIGHTS;
  expect(await bring()).toBe(SHA256);
});

test("a part with wrong bytes is fetched again by itself, and that is said", async () => {
  host.content = OTHER;
  await stopAt(100_000);
  host.content = WEIGHTS;

  expect(await bring()).toBe(SHA256);

  expect([...notes()].join()).toContain("What was here was not the right file");
});

test("a full disk is said, and the next try goes on", async () => {
  files.room = 150_000;

  await expect(bring()).rejects.toMatchObject({
    kind: "no_storage",
    message: "The browser's storage is full, so Tiny is not complete.",
    advice: expect.stringContaining("The next try continues where this one stopped."),
  });

  const kept = here();
  expect(kept).toBeGreaterThan(140_000);
  files.room = Infinity;
  expect(await bring()).toBe(SHA256);
  expect(host.ranges.at(-1)).toBe(`bytes=${kept}-`);
});

test("a browser that keeps nothing is not told that the next try continues", async () => {
  vi.stubGlobal("navigator", { locks: { request: (_: string, task: () => unknown) => task() } });
  host.cuts = [100_000, 0, 0, 0, 0];

  await expect(bring()).rejects.toMatchObject({
    advice: "Check the connection, then try again.",
  });
});

test("a part is listed with its size, and removed with everything beside it", async () => {
  await stopAt(100_000);
  const source = { ...sourceFromUrl(URL), id: "tiny", sha256: "tiny", bytes: WEIGHTS.length };

  const { own } = await keptWeights([source]);

  const part = { bytes: 100_000, total: WEIGHTS.length, complete: false, name: "Tiny" };
  expect(own.get("tiny")).toMatchObject(part);
  await removeWeights(own.get("tiny")!);
  expect([...files.files.keys()]).toEqual([]);
  expect((await keptWeights([source])).own.size).toBe(0);
});

test("a model that is in no list is listed by the name that it had", async () => {
  await bring(null);

  const { others } = await keptWeights([]);

  expect(others).toMatchObject([{ name: "Tiny", bytes: WEIGHTS.length, complete: true }]);
});

test("a complete file that has lost its end counts as a part", async () => {
  await bring();
  const source = { ...sourceFromUrl(URL), id: "tiny", sha256: "tiny", bytes: WEIGHTS.length + 1 };

  expect((await keptWeights([source])).own.get("tiny")?.complete).toBe(false);
});

test.each([SHA256, null])(
  "a tab that waited for another one takes its file (%s)",
  async (known) => {
    let last: Promise<unknown> = Promise.resolve();
    const request = (_: string, task: () => unknown) => (last = last.then(task));
    Object.assign(navigator, { locks: { request } });

    const first = bring(known);
    const second = bring(known);

    expect(await Promise.all([first, second])).toEqual([SHA256, SHA256]);
    expect(seen.some(({ checking }) => checking)).toBe(false);
    expect(host.ranges).toEqual([null]);
  },
);

test.each([
  ["has lost its end", (bytes: Bytes) => bytes.slice(0, 100_000)],
  ["is too long", (bytes: Bytes) => new Uint8Array([...bytes, 1])],
])("a marked file that %s is no longer marked, and comes again", async (_, change) => {
  await bring();
  files.files.get("tiny.gguf")!.bytes = change(WEIGHTS);
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));

  await expect(bring()).rejects.toMatchObject({ kind: "unreachable" });

  expect([...files.files.keys()]).not.toContain("tiny.ok");
  vi.stubGlobal("fetch", host.fetch);
  expect(await bring()).toBe(SHA256);
  expect([...files.files.keys()]).toContain("tiny.ok");
});

test("a tab that waits for another says so, with how far that one is", async () => {
  await stopAt(100_000);
  vi.useFakeTimers();
  const free = Promise.withResolvers<void>();
  const { storage } = navigator;
  const locks = { request: (_: string, task: () => unknown) => free.promise.then(task) };
  vi.stubGlobal("navigator", { locks, storage });

  const brought = bring();
  await vi.advanceTimersByTimeAsync(600);

  const note = "Another tab of this page is downloading it, and this one waits for that.";
  expect(seen).toEqual([{ loaded: 100_000, total: WEIGHTS.length, checking: false, note }]);
  vi.useRealTimers();
  free.resolve();
  expect(await brought).toBe(SHA256);
  expect(seen.at(-1)).toMatchObject({ loaded: WEIGHTS.length, note: null });
});

test.each([
  ["GGUF", "Give the address of the .gguf file itself, not of the page that shows it."],
  ["ONNX", "Check the name of the model: its files come from there."],
] as const)("what is no %s file is refused with advice for that format", async (format, advice) => {
  host = new FlakyHost(new TextEncoder().encode("<!doctype html><title>Not here</title>"));
  vi.stubGlobal("fetch", host.fetch);
  const request = { url: URL, key: "tiny", name: "Tiny", bytes: null, sha256: null, format };

  await expect(download(request, () => undefined)).rejects.toMatchObject({
    kind: "wrong_file",
    advice,
  });
});
