/**
 * The data packages that lie beside the page, for the agent worker. It checks each file against the
 * hash in the site's lock, unpacks it, and keeps it for the next sandbox and the next visit.
 *
 * It fetches nothing but files of one folder of the page's own site. The page reads the store too, for
 * spare sandboxes.
 */
import type { SandboxPackages } from "../protocol";
import type { Ahead } from "../sandbox/messages";

const STORE = "pyagent-packages";
const LOCK = "lock.json";
const USED = "used.json";

/** Whoever calls from Python sees the text of this error. */
export class SitePackageError extends Error {
  override readonly name = "SitePackageError";
}

export class SitePackages {
  private readonly loading = new Map<string, Promise<Blob>>();
  private lockText: Promise<string> | null = null;

  constructor(readonly folder: URL) {}

  /**
   * The text of the site's lock, or an empty text where the site has none. It is read once, unless
   * `fresh` is set: more packages may have come since.
   */
  lock(fresh: boolean): Promise<string> {
    if (fresh || this.lockText === null) this.lockText = this.readLock();
    return this.lockText;
  }

  /** The bytes of a packed file that the lock names, unpacked. Rejects with `SitePackageError`. */
  async file(name: string, sha256: string): Promise<ArrayBuffer> {
    return (await this.load(name, sha256)).arrayBuffer();
  }

  /** Has the files ready for `file`. Errors are left to `file`. */
  prefetch(name: string, sha256: string): void {
    this.load(name, sha256).catch(() => undefined);
  }

  /** Keeps in the browser's store what the conversation uses, for the next visit. */
  async keepUsed(used: SandboxPackages): Promise<void> {
    await (await openStore())?.put(new URL(USED, this.folder), Response.json(used));
  }

  /** What the last conversation used; null when none has used packages. */
  async used(): Promise<SandboxPackages | null> {
    const kept = await (await openStore())?.match(new URL(USED, this.folder));
    return kept === undefined ? null : ((await kept.json()) as SandboxPackages);
  }

  /** What a spare sandbox loads ahead, from the browser's store; null if a file is not there. */
  async ahead({ modules, files }: SandboxPackages): Promise<Ahead | null> {
    const wheels: Ahead["wheels"] = {};
    for (const { name, file, sha256 } of files) {
      const kept = await (await openStore())?.match(this.address(file, sha256));
      if (kept === undefined) return null;
      wheels[name] = await kept.blob();
    }
    return { wheels, modules };
  }

  private load(name: string, sha256: string): Promise<Blob> {
    let loading = this.loading.get(sha256);
    if (loading === undefined) {
      loading = this.bring(name, sha256);
      this.loading.set(sha256, loading);
      loading.catch(() => this.loading.delete(sha256));
    }
    return loading;
  }

  private async bring(name: string, sha256: string): Promise<Blob> {
    const url = this.address(name, sha256);
    const store = await openStore();
    const kept = await store?.match(url);
    if (kept !== undefined) return kept.blob();
    const packed = await (await get(url)).arrayBuffer();
    await check(packed, sha256, name);
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const file = await new Response(stream).blob();
    store?.put(url, new Response(file)).catch(() => undefined); // the disk may be full
    return file;
  }

  private address(name: string, sha256: string): URL {
    // The hash in the address lets every cache keep the file forever.
    return new URL(`${name}?v=${sha256.slice(0, 16)}`, this.folder);
  }

  private async readLock(): Promise<string> {
    const url = new URL(LOCK, this.folder);
    const store = await openStore();
    let response: Response;
    try {
      response = await fetch(url, { cache: "no-cache" });
    } catch {
      return (await store?.match(url))?.text() ?? ""; // offline: the lock of the last visit
    }
    if (!response.ok || !isJson(response)) return "";
    const text = await response.text();
    store?.put(url, new Response(text)).catch(() => undefined);
    if (store !== null) this.forgetOthers(store, text).catch(() => undefined);
    return text;
  }

  /** Deletes files of earlier builds, unless the site is just being filled. */
  private async forgetOthers(store: Cache, text: string): Promise<void> {
    const { packages, coming } = JSON.parse(text) as Lock;
    if (coming.length > 0) return;
    const files = Object.values(packages).map(
      ({ file, sha256 }) => this.address(file, sha256).href,
    );
    const own = [LOCK, USED].map((name) => new URL(name, this.folder).href);
    const kept = new Set([...files, ...own]);
    const others = (await store.keys()).filter(({ url }) => !kept.has(url));
    await Promise.all(others.map((request) => store.delete(request)));
  }
}

/** The parts of dist/packages/lock.json that matter here. */
interface Lock {
  packages: { [name: string]: { file: string; sha256: string } };
  coming: string[];
}

/** Whether this is the lock, not the page that some hosts send in place of a missing file. */
function isJson(response: Response): boolean {
  return !(response.headers.get("content-type") ?? "").startsWith("text/html");
}

async function get(url: URL): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch {
    throw new SitePackageError(`${url.pathname} could not be fetched from this site.`);
  }
  if (!response.ok) throw new SitePackageError(`${url.pathname} answered ${response.status}.`);
  return response;
}

async function check(bytes: ArrayBuffer, sha256: string, name: string): Promise<void> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hex !== sha256) {
    throw new SitePackageError(`${name} is damaged or of another version. Load the page again.`);
  }
}

/** Null when the page may not store anything. */
async function openStore(): Promise<Cache | null> {
  try {
    return await caches.open(STORE);
  } catch {
    return null;
  }
}
