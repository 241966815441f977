/** Tests that a package on its way is stored in pieces, and that whoever waits for it says so. */
// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PackageStore } from "../../../web/src/runtime/packages";
import { FakeCaches } from "../support/fake_caches";
import { FlakyHost, sha256Of, type Bytes } from "../support/flaky_host";

const MB = 1 << 20;
const FOLDER = new URL("http://pyagent.test/packages/");
const CONTENT: Bytes = new TextEncoder().encode("wheel");
const WHEEL = await gzipOf(5 * MB);
const LISTED = { file: "big.whl.gz", bytes: WHEEL.length, sha256: await sha256Of(WHEEL) };
const ADDRESS = `${FOLDER.href}${LISTED.file}?v=${LISTED.sha256.slice(0, 16)}`;

let host: FlakyHost;
let caches: FakeCaches;

/** A packed file of about this many bytes. */
async function gzipOf(size: number): Promise<Bytes> {
  const noise = Array.from({ length: size / 65536 }, () =>
    crypto.getRandomValues(new Uint8Array(65536)),
  );
  const packed = new Blob([CONTENT, ...noise]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

beforeEach(() => {
  host = new FlakyHost(WHEEL);
  caches = new FakeCaches();
  vi.stubGlobal("caches", caches);
  vi.stubGlobal("fetch", host.fetch);
  vi.stubGlobal("navigator", { onLine: true });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const bring = (following = {}): Promise<Blob> => new PackageStore(FOLDER).bring(LISTED, following);
const startOf = async (blob: Blob): Promise<string> => (await blob.text()).slice(0, 5);
const stored = async (): Promise<string[]> => {
  const store = await caches.open("pyagent-packages");
  return (await store.keys()).map(({ url }) => url.replace(ADDRESS, ""));
};

/** A tab that is closed when 3.5 MB are here: nothing of it runs any more. */
async function closeInTheMiddle(): Promise<void> {
  host.silentAfter = 3.5 * MB;
  void bring().catch(() => undefined);
  await host.silence.promise;
  await vi.waitFor(async () => expect(await stored()).toHaveLength(3));
  host.silentAfter = Infinity;
  host.ranges.length = 0;
}

test("a tab that is closed in the middle of a package loses only the last piece", async () => {
  await closeInTheMiddle();

  expect(await startOf(await bring())).toBe("wheel");

  expect(Number(/\d+/.exec(host.ranges[0]!)![0])).toBeGreaterThanOrEqual(3 * MB);
  expect(await stored()).toEqual([""]);
});

test("the part that an earlier version of the page stored is continued", async () => {
  const store = await caches.open("pyagent-packages");
  await store.put(`${ADDRESS}&part`, new Response(WHEEL.slice(0, 2 * MB)));

  expect(await startOf(await bring())).toBe("wheel");

  expect(host.ranges).toEqual([`bytes=${2 * MB}-`]);
  expect(await stored()).toEqual([""]);
});

test("a wrong piece is thrown away with all others, and the file comes right", async () => {
  const store = await caches.open("pyagent-packages");
  for (const name of ["&part", "&part=1"]) {
    await store.put(`${ADDRESS}${name}`, new Response(WHEEL.slice(MB, 2 * MB)));
  }

  expect(await startOf(await bring())).toBe("wheel");

  expect(host.ranges).toEqual([`bytes=${2 * MB}-`, null]);
  expect(await stored()).toEqual([""]);
});

test("a full disk keeps no pieces and does not hinder the import", async () => {
  caches.full = true;
  expect(await startOf(await bring())).toBe("wheel");
  expect(await stored()).toEqual([]);
});

test("pieces of files that the site no longer has are forgotten, and others stay", async () => {
  await closeInTheMiddle();
  const store = await caches.open("pyagent-packages");
  await store.put(`${FOLDER.href}old.whl.gz?v=1&part=1`, new Response("old"));
  const lock = { packages: { big: { ...LISTED, version: "1", depends: [] } }, coming: [] };
  const headers = { "content-type": "application/json" };
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify(lock), { headers }));

  await new PackageStore(FOLDER).lockText();

  const lockName = `${FOLDER.href}lock.json`;
  await vi.waitFor(async () =>
    expect(await stored()).toEqual(["&part", "&part=1", "&part=2", lockName]),
  );
});

test("a removed package leaves no piece behind", async () => {
  await closeInTheMiddle();
  await new PackageStore(FOLDER).forget([LISTED]);
  expect(await stored()).toEqual([]);
});

test("who waits for another tab says so, with what is here by now", async () => {
  await closeInTheMiddle();
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const free = Promise.withResolvers<void>();
  const locks = {
    request: (_: string, __: object, act: () => unknown) => free.promise.then(act),
  };
  vi.stubGlobal("navigator", { onLine: true, locks });
  const seen: unknown[][] = [];

  const brought = bring({ onProgress: (...told: unknown[]) => seen.push(told) });
  vi.advanceTimersByTime(600);
  await vi.waitFor(() => expect(seen).toHaveLength(1));

  const note = "Another tab, or code in this one, is downloading it, and this waits for that.";
  const [loaded, total, said] = seen[0]!;
  expect(loaded).toBeGreaterThanOrEqual(3 * MB);
  expect([total, said]).toEqual([LISTED.bytes, note]);
  vi.useRealTimers();
  free.resolve();
  await brought;
  expect(seen.at(-1)).toEqual([LISTED.bytes, LISTED.bytes, null]);
});
