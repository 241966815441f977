/** Tests which prepared memory a page uses, and how it becomes one that sandboxes start from. */
// @vitest-environment node
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RuntimeFiles } from "../../../web/src/runtime/boot";
import { PackageStore, readLock } from "../../../web/src/runtime/packages";
import { checkedParts, joined, LIMIT_MS, readPrepared } from "../../../web/src/runtime/prepared";
import { PreparedStore } from "../../../web/src/runtime/prepared_store";
import { FakeCaches } from "../support/fake_caches";

const FOLDER = new URL("http://pyagent.test/packages/");
const PLAN = JSON.stringify({ site: "/site/", libraries: [] }).padEnd(32);

/** A snapshot: two words of which the second says where the memory begins, and the memory. */
function snapshotOf(...memory: number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Uint32Array([0x706e7300, 8, ...memory]).buffer);
}

const BASE = snapshotOf(1, 2, 3);
const MEMORY = snapshotOf(1, 7, 3, 4, 5);

/** What the build makes of `MEMORY` and `BASE`. */
function siteFile(): Blob {
  const off = MEMORY.slice();
  for (let at = 8; at < BASE.length; at++) off[at]! ^= BASE[at]!;
  const hashes = [PLAN, MEMORY].map((part) => createHash("sha256").update(part).digest());
  return new Blob([new Uint32Array([PLAN.length, 0]), ...hashes, PLAN, off]);
}

async function sha256(data: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

let caches: FakeCaches;
let served: Map<string, Uint8Array<ArrayBuffer>>;
let asked: string[];

beforeEach(() => {
  [caches, served, asked] = [new FakeCaches(), new Map(), []];
  vi.stubGlobal("caches", caches);
  vi.stubGlobal("fetch", async (url: URL) => {
    const name = url.pathname.replace("/packages/", "");
    asked.push(name);
    const body = served.get(name);
    const type = name.endsWith(".json") ? "application/json" : "application/gzip";
    return body
      ? new Response(body, { headers: { "content-type": type } })
      : new Response("", { status: 404 });
  });
});

afterEach(() => vi.unstubAllGlobals());

/** Serves a list with one wheel and a memory for the build `b1`. */
async function serveSite(): Promise<void> {
  const file = new Uint8Array(gzipSync(new Uint8Array(await siteFile().arrayBuffer())));
  const wheel = new Uint8Array(gzipSync("wheel"));
  const listed = async (name: string, data: Uint8Array<ArrayBuffer>) => ({
    ...{ file: name, bytes: data.length, sha256: await sha256(data) },
  });
  const packages = { pandas: { ...(await listed("pandas.gz", wheel)), version: "3", depends: [] } };
  const prepared = {
    ...(await listed("prepared-1.bin.gz", file)),
    ...{ build_id: "b1", modules: ["pandas"], packages: ["pandas"] },
  };
  const lock = JSON.stringify({ packages, coming: [], missing: {}, prepared });
  served.set("lock.json", new TextEncoder().encode(lock));
  served.set("pandas.gz", wheel);
  served.set("prepared-1.bin.gz", file);
}

function store(buildId = "b1"): { packages: PackageStore; prepared: PreparedStore } {
  const packages = new PackageStore(FOLDER);
  const runtime = { buildId, snapshot: new Blob([BASE]) } as RuntimeFiles;
  return { packages, prepared: new PreparedStore(packages, runtime) };
}

async function bringWheel(packages: PackageStore): Promise<void> {
  const lock = JSON.parse((await packages.lockText())!) as never;
  await packages.bring((lock as { packages: { pandas: never } }).packages.pandas);
}

async function bytesOf(blob: Blob): Promise<number[]> {
  return Array.from(new Uint8Array(await blob.arrayBuffer()));
}

test("a file joined with the snapshot it was taken off is the whole memory", async () => {
  const { plan, memory } = await checkedParts(await joined(siteFile(), new Blob([BASE])));
  expect(await plan.text()).toBe(PLAN);
  expect(await bytesOf(memory)).toEqual(Array.from(MEMORY));
});

test("the memory is brought when code uses what is in it, and kept as sandboxes need it", async () => {
  await serveSite();
  const { packages, prepared } = store();
  expect(await prepared.kept()).toBeNull();
  await bringWheel(packages);
  expect(await prepared.bring(["six", "matplotlib"])).toBeNull();
  expect(asked).not.toContain("prepared-1.bin.gz");

  const files = await prepared.bring(["six", "pandas"]);

  expect(await bytesOf(files!.prepared!.memory)).toEqual(Array.from(MEMORY));
  expect(await files!.prepared!.wheels["pandas"]!.text()).toBe("wheel");
  asked.length = 0;
  expect(await bytesOf((await prepared.kept())!.prepared!.memory)).toEqual(Array.from(MEMORY));
  expect(asked).toEqual([]);
});

test("a memory of another build is neither used nor brought", async () => {
  await serveSite();
  const { packages, prepared } = store();
  await bringWheel(packages);
  await prepared.bring(["pandas"]);
  asked.length = 0;

  expect(await store("b2").prepared.kept()).toBeNull();
  expect(await store("b2").prepared.bring(["pandas"])).toBeNull();

  expect(asked).toEqual(["lock.json"]);
});

test("a memory without one of its wheels is not used", async () => {
  await serveSite();
  const { packages, prepared } = store();
  expect(await prepared.bring(["pandas"])).toBeNull();
  await bringWheel(packages);
  expect(await prepared.bring(["pandas"])).not.toBeNull();
  expect(await prepared.kept()).not.toBeNull();
});

test("whoever removes one of its packages has the memory no more", async () => {
  await serveSite();
  const { packages, prepared } = store();
  await bringWheel(packages);
  await prepared.bring(["pandas"]);
  const listed = JSON.parse((await packages.keptLockText())!) as {
    packages: { pandas: never };
    prepared: never;
  };
  await packages.forget([listed.packages.pandas]);
  expect(await packages.read(listed.prepared)).toBeNull();
});

/** The memory in the store with one byte changed, as few as there may be. */
function changed(bytes: number[], at: number): Blob {
  return new Blob([Uint8Array.from(bytes, (byte, place) => (place === at ? byte ^ 1 : byte))]);
}

const HEAD_BYTES = 8 + 2 * 32;
const DAMAGE: [string, (bytes: number[]) => Blob][] = [
  ["a number of its plan", (bytes) => changed(bytes, HEAD_BYTES + PLAN.indexOf("site") + 8)],
  ["a byte of its memory", (bytes) => changed(bytes, bytes.length - 1)],
  ["a hash", (bytes) => changed(bytes, 20)],
  ["the length of its plan", (bytes) => changed(bytes, 0)],
  ["its end", (bytes) => new Blob([Uint8Array.from(bytes.slice(0, -4))])],
  ["more than it had", (bytes) => new Blob([Uint8Array.from([...bytes, 0])])],
  ["only its head", (bytes) => new Blob([Uint8Array.from(bytes.slice(0, 10))])],
];

test.each(DAMAGE)("a memory is refused and forgotten when damage hits %s", async (_, damage) => {
  await serveSite();
  const { packages, prepared } = store();
  await bringWheel(packages);
  await prepared.bring(["pandas"]);
  const [key] = (await (await caches.open("pyagent-packages")).keys()).filter(({ url }) =>
    url.includes("prepared-"),
  );
  const { prepared: listed } = readLock((await packages.keptLockText())!);
  const bytes = await bytesOf((await packages.read(listed!))!);
  const cache = await caches.open("pyagent-packages");
  await cache.put(key!.url, new Response(damage(bytes)));

  expect(await prepared.kept()).toBeNull();
  expect(await packages.read(listed!)).toBeNull();
});

test("a whole memory is read", async () => {
  await serveSite();
  const { packages, prepared } = store();
  await bringWheel(packages);
  const files = await prepared.bring(["pandas"]);
  const { memory } = await readPrepared({ ...files!.prepared!, wheels: {} });
  expect(Array.from(new Uint8Array(memory))).toEqual(Array.from(MEMORY));
});

test("a memory whose packages were not all used is not brought", async () => {
  await serveSite();
  const { packages, prepared } = store();
  expect(await prepared.bring(["numpy", "pandas"])).toBeNull(); // no wheel of pandas is here
  const list = readLock((await packages.keptLockText())!);
  expect(await packages.read(list.prepared!)).toBeNull();
});

test("a memory that never comes is given up", async () => {
  vi.useFakeTimers();
  const never = { arrayBuffer: () => new Promise(() => undefined) } as unknown as Blob;
  const { plan } = await checkedParts(await joined(siteFile(), new Blob([BASE])));
  const reading = readPrepared({ plan, memory: never, wheels: {} });
  const refused = expect(reading).rejects.toThrow("too long");
  await vi.advanceTimersByTimeAsync(LIMIT_MS);
  await refused;
  vi.useRealTimers();
});

test.each([
  ["a number", 7],
  ["no hash", { file: "a", bytes: 1, build_id: "b1", modules: [], packages: [] }],
  ["no modules", { file: "a", sha256: "b", bytes: 1, build_id: "b1", packages: [] }],
  ["no build", { file: "a", sha256: "b", bytes: 1, modules: [], packages: [] }],
])("a list whose memory is damaged has none: %s", (_, listed) => {
  expect(readLock(JSON.stringify({ packages: {}, prepared: listed })).prepared).toBeNull();
});

test("a damaged download is refused, and a site without a memory has none", async () => {
  await serveSite();
  const { packages, prepared } = store();
  await bringWheel(packages);
  const damaged = served.get("prepared-1.bin.gz")!.slice();
  damaged[damaged.length - 9]! ^= 1;
  served.set("prepared-1.bin.gz", damaged);
  await expect(prepared.bring(["pandas"])).rejects.toMatchObject({ kind: "wrong_file" });
  expect(await prepared.kept()).toBeNull();

  const lock = JSON.parse(new TextDecoder().decode(served.get("lock.json"))) as object;
  const without = JSON.stringify({ ...lock, prepared: undefined });
  served.set("lock.json", new TextEncoder().encode(without));
  expect(await prepared.bring(["pandas"])).toBeNull();
});

test("a memory for which there is no room is used on this visit", async () => {
  await serveSite();
  const { packages, prepared } = store();
  await bringWheel(packages);
  caches.full = true;
  const files = await prepared.bring(["pandas"]);
  const { memory } = await readPrepared({ ...files!.prepared!, wheels: {} });
  expect(Array.from(new Uint8Array(memory))).toEqual(Array.from(MEMORY));
  expect(await prepared.kept()).toBeNull();
});
