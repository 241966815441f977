/**
 * The data packages that lie beside the page: their list, and the store of those that this browser
 * keeps. The agent's worker brings what code imports, and the page what a person wants to keep; what
 * one of them has brought, the other finds.
 */
import { forgetParts, Parts, partsSize, wholeOf } from "./parts";
import { openCache } from "./stores";
import { isQuota, transfer, type Following } from "./transfer";
import { whileWaiting } from "./waiting";

const STORE = "pyagent-packages";
const LOCK = "lock.json";
const WANTED = "wanted.json";
const USED = "used.json";
/** How long the site may take for its list: the agent waits for it. Short where a list is kept. */
const SHORT_MS = 4000;
const LONG_MS = 20_000;

/** A package as the site lists it. */
export interface ListedPackage {
  version: string;
  file: string;
  bytes: number;
  /** Of the packed file, as lower-case hex. */
  sha256: string;
  depends: readonly string[];
}

/** The memory with packages imported, as the site lists it. */
export interface ListedPrepared {
  file: string;
  bytes: number;
  sha256: string;
  /** The build that it was made with and fits. */
  build_id: string;
  /** What it has imported. */
  modules: readonly string[];
  /** The names of the packages in it. */
  packages: readonly string[];
}

/** dist/packages/lock.json */
export interface SiteLock {
  packages: { readonly [name: string]: ListedPackage };
  /** The names of packages that the site is still fetching. */
  coming: readonly string[];
  /** Why the site does not have others, by name. */
  missing: { readonly [name: string]: string };
  prepared: ListedPrepared | null;
}

/** What a file is brought by. */
export type PackageFile = Pick<ListedPackage, "file" | "sha256"> & { bytes: number | null };

type Finish = (file: Blob) => Promise<Blob>;

/** What a conversation uses: the modules in the order of importing, and the files that they need. */
export interface Used {
  modules: readonly string[];
  files: readonly { name: string; file: string; sha256: string }[];
}

export class PackageStore {
  constructor(readonly folder: URL) {}

  /**
   * The text of the site's list. A host that fails, is too slow or sends something else is passed
   * over for the list of the last visit. Empty where the site has none, null where neither the site
   * nor an earlier visit has said anything.
   */
  async lockText(): Promise<string | null> {
    const url = new URL(LOCK, this.folder);
    const store = await openStore();
    const kept = await textIn(store, url);
    const signal = AbortSignal.timeout(kept === null ? LONG_MS : SHORT_MS);
    let text: string;
    try {
      const response = await fetch(url, { cache: "no-cache", signal });
      if (response.status === 404) return "";
      text = response.ok && isJson(response) ? await response.text() : "";
    } catch {
      return kept; // offline, or too slow
    }
    if (!isLock(text)) return kept ?? "";
    store?.put(url, new Response(text)).catch(() => undefined);
    if (store !== null) this.forgetOthers(store, text).catch(() => undefined);
    return text;
  }

  /** The text of the list that the last visit or another worker has kept; null if none has. */
  async keptLockText(): Promise<string | null> {
    return textIn(await openStore(), new URL(LOCK, this.folder));
  }

  /** A file from the store; null if it is not kept. */
  async read(listed: PackageFile): Promise<Blob | null> {
    return (await (await openStore())?.match(this.address(listed)))?.blob() ?? null;
  }

  /**
   * Returns a file, unpacked, from the store or else from the site. Rejects with `SessionError`. What
   * is kept of a new file is what `finish` makes of it.
   */
  async bring(
    listed: PackageFile,
    following: Partial<Following> = {},
    finish: Finish = async (file) => file,
  ): Promise<Blob> {
    const store = await openStore();
    const url = this.address(listed);
    const told = whileWaiting(async () =>
      following.onProgress?.(await partsSize(store, url), listed.bytes, ELSEWHERE),
    );
    const bring = async (): Promise<Blob> => {
      told();
      const kept = await store?.match(url);
      return kept ? kept.blob() : this.fetch(listed, store, following, finish);
    };
    // If two tabs or workers want the same file, one of them downloads it.
    return locked(`pyagent-package-${url.href}`, bring, following.signal).finally(told);
  }

  /** Which of these files are kept. */
  async kept<T extends PackageFile>(files: readonly T[]): Promise<Set<T>> {
    const store = await openStore();
    const urls = new Set((await store?.keys())?.map(({ url }) => url));
    return new Set(files.filter((file) => urls.has(this.address(file).href)));
  }

  /** Forgets these files, and the parts of them. */
  async forget(files: readonly PackageFile[]): Promise<void> {
    const store = await openStore();
    const { prepared, packages } = readLock((await this.keptLockText()) ?? "");
    const needs = prepared?.packages.map((name) => packages[name]?.sha256) ?? [];
    const useless = files.some(({ sha256 }) => needs.includes(sha256)) ? [prepared!] : [];
    for (const file of [...files, ...useless]) {
      await store?.delete(this.address(file));
      await forgetParts(store, this.address(file));
    }
  }

  /** The names of the packages that the person wants to have here. */
  async wanted(): Promise<string[]> {
    const names = await this.stored(WANTED);
    return isTexts(names) ? [...names] : [];
  }

  /** Changes what the person wants to have here. Another tab waits until that is written. */
  async changeWanted(change: (names: readonly string[]) => readonly string[]): Promise<void> {
    const url = new URL(WANTED, this.folder);
    await locked(`pyagent-wanted-${url.href}`, async () => {
      const text = JSON.stringify([...new Set(change(await this.wanted()))]);
      await (await openStore())?.put(url, new Response(text));
    });
  }

  /** Keeps what the conversation uses, for the next visit. */
  async keepUsed(used: Used): Promise<void> {
    await (await openStore())?.put(new URL(USED, this.folder), Response.json(used));
  }

  /** What the last conversation used; null when none has used packages. */
  async used(): Promise<Used | null> {
    const used = await this.stored(USED);
    return isUsed(used) ? used : null;
  }

  /** What a spare sandbox loads ahead: wheels by the names of their packages, and modules. Null if a
   *  file is not kept. */
  async ahead({
    modules,
    files,
  }: Used): Promise<{ wheels: { [name: string]: Blob }; modules: readonly string[] } | null> {
    const store = await openStore();
    const wheels: { [name: string]: Blob } = {};
    for (const { name, file, sha256 } of files) {
      const kept = await store?.match(this.address({ file, sha256, bytes: null }));
      if (kept === undefined) return null;
      wheels[name] = await kept.blob();
    }
    return { wheels, modules };
  }

  /** What one of the own files says; undefined where it is missing or damaged. */
  private async stored(name: string): Promise<unknown> {
    const kept = await (await openStore())?.match(new URL(name, this.folder));
    return kept?.json().catch(() => undefined);
  }

  private async fetch(
    listed: PackageFile,
    store: Cache | null,
    following: Partial<Following>,
    finish: Finish,
  ): Promise<Blob> {
    const { file: name, bytes, sha256 } = listed;
    const url = this.address(listed);
    const target = await Parts.open(store, url);
    try {
      await transfer(
        target,
        { url, name, bytes, sha256, ...GZIP, cacheable: store === null },
        { onProgress: () => undefined, ...following },
      );
    } catch (error) {
      await target.flush();
      throw error;
    }
    const stream = target.blob().stream().pipeThrough(new DecompressionStream("gzip"));
    let file: Blob;
    try {
      file = await finish(await new Response(stream).blob());
    } catch (error) {
      await target.forget(); // pieces of a file that is no good
      throw error;
    }
    await store?.put(url, new Response(file)).catch((error: unknown) => {
      if (!isQuota(error)) throw error; // a full disk: whoever wants it kept looks again
    });
    await target.forget();
    return file;
  }

  private address({ file, sha256 }: PackageFile): URL {
    // The hash in the address lets every cache keep the file forever.
    return new URL(`${file}?v=${sha256.slice(0, 16)}`, this.folder);
  }

  /** Deletes files of earlier builds, unless the site is just being filled. */
  private async forgetOthers(store: Cache, text: string): Promise<void> {
    const { packages, coming, prepared } = readLock(text);
    const all = entriesOf((JSON.parse(text) as SiteLock).packages);
    // Nothing is forgotten because of a damaged entry.
    if (coming.length > 0 || Object.keys(packages).length < all.length) return;
    const listed = [...Object.values(packages), ...(prepared ? [prepared] : [])];
    const files = listed.map((file) => this.address(file).href);
    const lists = [LOCK, WANTED, USED].map((name) => new URL(name, this.folder).href);
    const kept = new Set([...files, ...lists]);
    const others = (await store.keys()).filter(({ url }) => !kept.has(wholeOf(url)));
    await Promise.all(others.map((request) => store.delete(request)));
  }
}

/** The packages and everything that they need. Names that the site does not have are left out. */
export function neededBy(names: Iterable<string>, { packages }: SiteLock): Set<string> {
  const found = new Set<string>();
  const waiting = [...names];
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (!Object.hasOwn(packages, name) || found.has(name)) continue;
    found.add(name);
    waiting.push(...packages[name]!.depends);
  }
  return found;
}

/** Reads a list. What cannot be read has no packages, and entries that are none are left out. */
export function readLock(text: string): SiteLock {
  const none: SiteLock = { packages: {}, coming: [], missing: {}, prepared: null };
  try {
    const { packages, coming, missing, prepared } = (JSON.parse(text) ?? {}) as {
      [key: string]: unknown;
    };
    return {
      packages: Object.fromEntries(
        entriesOf(packages).flatMap(([name, one]) => (isListed(one) ? [[name, listed(one)]] : [])),
      ),
      coming: isTexts(coming) ? coming : [],
      missing: Object.fromEntries(entriesOf(missing).filter(([, why]) => isTexts([why]))),
      prepared: isListedPrepared(prepared) ? prepared : null,
    } as SiteLock;
  } catch {
    return none;
  }
}

const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === "object" && value !== null ? Object.entries(value) : [];

function isListed(value: unknown): value is ListedPackage {
  const { file, sha256 } = (value ?? {}) as Partial<ListedPackage>;
  return isTexts([file, sha256]);
}

function isListedPrepared(value: unknown): value is ListedPrepared {
  const { bytes, build_id, modules, packages } = (value ?? {}) as Partial<ListedPrepared>;
  const isRight = isTexts([build_id]) && isTexts(modules) && isTexts(packages);
  return isListed(value) && isRight && Number.isFinite(bytes);
}

function listed(one: ListedPackage): ListedPackage {
  const bytes = Number.isFinite(one.bytes) ? one.bytes : 0;
  return { ...one, bytes, depends: isTexts(one.depends) ? one.depends : [] };
}

const ELSEWHERE = "Another tab, or code in this one, is downloading it, and this waits for that.";
const GZIP = {
  what: "package",
  start: "\x1f\x8b",
  format: "packed package",
  advice: "Load the page again.",
} as const;

/** Does something while nobody else does, where the browser has locks. */
async function locked<T>(name: string, act: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const { locks } = (globalThis.navigator ?? {}) as { locks?: LockManager };
  if (!locks) return act();
  return (await locks.request(name, signal ? { signal } : {}, act)) as T;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function isUsed(value: unknown): value is Used {
  const { modules, files } = (value ?? {}) as Partial<Used>;
  return (
    isTexts(modules) &&
    Array.isArray(files) &&
    files.every((one) => isTexts([one?.name, one?.file, one?.sha256]))
  );
}

async function textIn(store: Cache | null, url: URL): Promise<string | null> {
  try {
    return (await (await store?.match(url))?.text()) ?? null;
  } catch {
    return null;
  }
}

/** Whether this is the list, not the page that some hosts send in place of a missing file. */
function isJson(response: Response): boolean {
  return !(response.headers.get("content-type") ?? "").startsWith("text/html");
}

/** Whether a text can be read as a list, not cut off or another text of the host. */
function isLock(text: string): boolean {
  try {
    return typeof (JSON.parse(text) as Partial<SiteLock> | null)?.packages === "object";
  } catch {
    return false;
  }
}

const openStore = (): Promise<Cache | null> => openCache(STORE);
