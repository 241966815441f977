/** Tests how the agent worker gets the site's data packages. */
// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PackagesProgress } from "../../../web/src/agent/messages";
import { SitePackageError, SitePackages } from "../../../web/src/agent/site_packages";
import type { SandboxPackages } from "../../../web/src/protocol";
import { PackageStore } from "../../../web/src/runtime/packages";

const FOLDER = new URL("http://pyagent.test/sub/packages/");
const FILE = "six-1.whl.gz";
let served: Map<string, Uint8Array<ArrayBuffer>>;
let fetched: string[];
let kept: Map<string, Response>;
let sha256: string;
let online: boolean;

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

function publish(packages: object, coming: string[] = []): void {
  served.set("/sub/packages/lock.json", encode(JSON.stringify({ packages, coming })));
}

beforeEach(async () => {
  served = new Map();
  fetched = [];
  online = true;
  const own = (kept = new Map<string, Response>());
  const bytes = await gzip("a wheel");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  served.set(`/sub/packages/${FILE}`, bytes);
  publish({ six: { file: FILE, sha256 } });
  vi.stubGlobal("fetch", async (url: URL) => {
    if (!online) throw new TypeError("Failed to fetch");
    fetched.push(url.pathname + url.search);
    const found = served.get(url.pathname);
    return found ? new Response(found) : new Response(null, { status: 404 });
  });
  const store = {
    match: async (url: URL) => own.get(url.href)?.clone(),
    put: async (url: URL, response: Response) => void own.set(url.href, response),
    keys: async () => [...own.keys()].map((url) => ({ url })),
    delete: async ({ url }: { url: string }) => own.delete(url),
  };
  vi.stubGlobal("caches", { open: async () => store });
});

afterEach(() => vi.unstubAllGlobals());

const text = (bytes: ArrayBuffer): string => new TextDecoder().decode(bytes);

test("a file arrives checked and unpacked, from an address with its hash", async () => {
  const site = new SitePackages(FOLDER);
  expect(text(await site.file(FILE, sha256))).toBe("a wheel");
  expect(fetched).toEqual([`/sub/packages/${FILE}?v=${sha256.slice(0, 16)}`]);
});

test("a prefetched file and a later visit cost no network", async () => {
  const site = new SitePackages(FOLDER);
  site.prefetch(FILE, sha256);
  await site.file(FILE, sha256);
  expect(fetched).toHaveLength(1);
  await settled();
  online = false;
  expect(text(await new SitePackages(FOLDER).file(FILE, sha256))).toBe("a wheel");
});

test("a damaged file is refused, and asked for again", async () => {
  const site = new SitePackages(FOLDER);
  const good = served.get(`/sub/packages/${FILE}`)!;
  served.set(`/sub/packages/${FILE}`, encode("damaged"));
  await expect(site.file(FILE, sha256)).rejects.toThrow(SitePackageError);
  served.set(`/sub/packages/${FILE}`, good);
  expect(text(await site.file(FILE, sha256))).toBe("a wheel");
});

test("the failure of a file is said in the words that the model knows", async () => {
  const site = new SitePackages(FOLDER);
  served.delete(`/sub/packages/${FILE}`);
  await expect(site.file(FILE, sha256)).rejects.toThrow(`/sub/packages/${FILE} answered 404.`);
  vi.stubGlobal("navigator", { onLine: false });
  online = false;
  const said = `/sub/packages/${FILE} could not be fetched from this site.`;
  await expect(site.file(FILE, sha256)).rejects.toThrow(said);
});

test("without a network the lock of the last visit counts", async () => {
  const lock = await new SitePackages(FOLDER).lock(false);
  await settled();
  online = false;
  expect(await new SitePackages(FOLDER).lock(false)).toBe(lock);
});

test("the lock is read again only when it is asked for anew", async () => {
  const site = new SitePackages(FOLDER);
  await site.lock(false);
  await site.lock(false);
  expect(fetched).toHaveLength(1);
  await site.lock(true);
  expect(fetched).toHaveLength(2);
});

test("a site without packages has an empty lock", async () => {
  served.clear();
  expect(await new SitePackages(FOLDER).lock(false)).toBe("");
});

test("what is loaded is told by name and size, and what was kept is not", async () => {
  const told: PackagesProgress[] = [];
  const bytes = served.get(`/sub/packages/${FILE}`)!.length;
  publish({ six: { file: FILE, sha256, bytes, depends: [] } });
  const site = new SitePackages(FOLDER, (progress) => told.push(progress));
  await site.lock(false);

  await site.file(FILE, sha256);

  expect(told).toEqual([
    { names: ["six"], loaded: bytes, total: bytes },
    { names: [], loaded: bytes, total: bytes },
  ]);
  told.length = 0;
  await new SitePackages(FOLDER, (progress) => told.push(progress)).file(FILE, sha256);
  expect(told).toEqual([]);
});

test("a package that cannot be had is no longer on its way", async () => {
  const told: PackagesProgress[] = [];
  served.set(`/sub/packages/${FILE}`, new Uint8Array([0x1f, 0x8b, 0, 0]));
  const site = new SitePackages(FOLDER, (progress) => told.push(progress));

  await expect(site.file(FILE, sha256)).rejects.toThrow("is damaged or of another version");

  expect(told.at(-1)!.names).toEqual([]);
});

test("files of earlier builds are forgotten, but not while a site is being filled", async () => {
  await new SitePackages(FOLDER).file(FILE, sha256);
  await settled();
  publish({}, ["six"]);
  await new SitePackages(FOLDER).lock(false);
  await settled();
  expect([...kept.keys()].some((url) => url.includes(FILE))).toBe(true);
  publish({});
  await new SitePackages(FOLDER).lock(false);
  await settled();
  expect([...kept.keys()]).toEqual([`${FOLDER.href}lock.json`]);
});

test("what a conversation used is there on the next visit, and outlives new locks", async () => {
  const site = new PackageStore(FOLDER);
  expect(await site.used()).toBeNull();
  const used: SandboxPackages = {
    ...{ type: "sandbox_packages", modules: ["six.moves"] },
    files: [{ name: "six", file: FILE, sha256, bytes: 1 }],
  };
  await new SitePackages(FOLDER).file(FILE, sha256);
  await site.keepUsed(used);
  await settled();
  const next = new PackageStore(FOLDER);
  await next.lockText();
  await settled();
  expect(await next.used()).toEqual(used);
  const ahead = await next.ahead(used);
  expect([ahead?.modules, await ahead?.wheels["six"]?.text()]).toEqual([["six.moves"], "a wheel"]);
});

test("packages of which a file is not in the store are not loaded ahead, and not fetched", async () => {
  const files = [{ name: "six", file: FILE, sha256, bytes: 1 }];
  const site = new PackageStore(FOLDER);
  expect(await site.ahead({ modules: ["six"], files })).toBeNull();
  expect(fetched).toEqual([]);
});
