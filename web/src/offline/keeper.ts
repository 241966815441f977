/**
 * Keeps the files of builds, one cache for each build. A build is kept as a whole or not at all:
 * every file is checked against its hash, and a build with a missing or wrong file is deleted.
 */
import {
  addressOf,
  alone,
  check,
  forgetOthers,
  get,
  getChecked,
  openStore,
  others,
  STORE,
  unpacked,
  type ListedFile,
} from "../runtime/files";
import { sizeOf, type Build, type FileList } from "./build";

/** These make the page cross-origin isolated where the host sends no headers of its own, and keep it
 *  from asking for what it does not use. `UNUSED` of pyagent/server/app.py has the same features. */
const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy":
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), " +
    "magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), " +
    "serial=(), usb=(), xr-spatial-tracking=()",
};
/** Headers that say how the answer was sent, which no longer holds for what is kept. */
const OF_TRANSFER = ["content-encoding", "content-length", "transfer-encoding", "vary"];

export class Keeper {
  private readonly suffix: string;
  private own: Promise<Cache> | null = null;

  constructor(
    private readonly build: Build,
    private readonly scope: URL,
  ) {
    this.suffix = ` ${scope.href}`;
  }

  /** Keeps the whole build. Rejects, with nothing of it left, when a file is missing or wrong. */
  async keepAll(onProgress: (kept: number, total: number) => void): Promise<void> {
    const { page, runtime } = this.build;
    const engines = await this.usedEngines();
    const all = { ...page, ...runtime, ...engines };
    const total = sizeOf(all);
    let kept = 0;
    const done = ({ bytes }: ListedFile): void => onProgress((kept += bytes), total);
    try {
      await every({ ...page, ...engines }, (path, file) => this.keep(path).then(() => done(file)));
      await alone(() => this.storeAll(runtime, done));
    } catch (error) {
      await caches.delete(this.cacheOf(this.build.id));
      throw error;
    }
  }

  /** Keeps one file of the page or of an engine, and returns it. Rejects when it is not the one that
   *  the build lists, or cannot be stored. */
  async keep(path: string): Promise<Response> {
    const own = await caches.open(this.cacheOf(this.build.id));
    const url = new URL(path, this.scope);
    const kept = await own.match(url);
    if (kept) return kept;
    const { sha256 } = this.listed(path)!;
    const response = (await this.fromOlder(url, sha256)) ?? (await download(url, sha256));
    await own.put(url, response.clone());
    return response;
  }

  /** The kept file of a build, if there is one. */
  async find(build: string, path: string): Promise<Response | undefined> {
    if (build === this.build.id) {
      this.own ??= caches.open(this.cacheOf(build)); // opening it for each file takes time
      return (await this.own).match(new URL(path, this.scope));
    }
    return caches.match(new URL(path, this.scope), { cacheName: this.cacheOf(build) });
  }

  /** What this build lists for a file of the page or of an engine. */
  listed(path: string): ListedFile | undefined {
    const { page, engines } = this.build;
    return Object.hasOwn(page, path) ? page[path] : engines[path];
  }

  /** Deletes all builds but this one and `used`, and the runtime's files that none of them needs. */
  async forgetAllBut(used: ReadonlySet<string>): Promise<void> {
    const builds = await this.builds();
    const stays = (build: string): boolean => build === this.build.id || used.has(build);
    const unused = builds.filter((build) => !stays(build));
    await Promise.all(unused.map((build) => caches.delete(this.cacheOf(build))));
    const lists = [this.build.runtime];
    for (const build of builds.filter(stays)) {
      const manifest = await this.find(build, "manifest.json");
      if (manifest) lists.push(((await manifest.json()) as { files: FileList }).files);
    }
    const urls = lists.flatMap((list) =>
      Object.entries(list).map(([path, file]) => addressOf(path, file, this.scope).href),
    );
    const store = await openStore();
    if (store) await alone(() => forgetOthers(store, this.scope, new Set(urls)));
  }

  private async usedEngines(): Promise<FileList> {
    const builds = await this.builds();
    const used: { [path: string]: ListedFile } = {};
    for (const [path, file] of Object.entries(this.build.engines)) {
      const found = await Promise.all(builds.map((build) => this.find(build, path)));
      if (found.some(Boolean)) used[path] = file;
    }
    return used;
  }

  private async storeAll(runtime: FileList, done: (file: ListedFile) => void): Promise<void> {
    const storing = new Map<string, Promise<Blob>>();
    const before = (): Promise<Blob> => others(runtime, (path) => storing.get(path)!);
    await every(runtime, async (path, file) => {
      const stored = this.store(path, file, before);
      storing.set(path, stored);
      await stored;
      done(file);
    });
  }

  private async store(path: string, file: ListedFile, before: () => Promise<Blob>): Promise<Blob> {
    const store = await caches.open(STORE);
    const url = addressOf(path, file, this.scope);
    const kept = await store.match(url);
    if (kept) return kept.blob();
    const bytes = await getChecked(url, path, file);
    const content = await unpacked(path, bytes, before);
    await store.put(url, new Response(content));
    return content;
  }

  /** The same file of another build, so that an update fetches only what has changed. */
  private async fromOlder(url: URL, sha256: string): Promise<Response | null> {
    for (const build of await this.builds()) {
      const kept = await caches.match(url, { cacheName: this.cacheOf(build) });
      const bytes = await kept?.clone().arrayBuffer();
      if (!kept || !bytes) continue;
      const same = await check(bytes, sha256, url.pathname).then(
        () => true,
        () => false,
      );
      if (same) return kept;
    }
    return null;
  }

  private async builds(): Promise<string[]> {
    const names = await caches.keys();
    const own = names.filter((name) => name.startsWith(PREFIX) && name.endsWith(this.suffix));
    return own.map((name) => name.slice(PREFIX.length, -this.suffix.length));
  }

  private cacheOf(build: string): string {
    return `${PREFIX}${build}${this.suffix}`;
  }
}

const PREFIX = "pyagent-build ";

/** Adds the headers of isolation to an answer, unless its host sent its own. */
export function isolated(response: Response, body: BodyInit | null = response.body): Response {
  const headers = new Headers(response.headers);
  for (const name of OF_TRANSFER) headers.delete(name);
  for (const [name, value] of Object.entries(ISOLATION)) {
    if (!headers.has(name)) headers.set(name, value);
  }
  return new Response(body, { headers });
}

/** Fetches a file and checks it. What the browser's cache holds is taken if it is the right file;
 *  the hash decides, not the age. */
async function download(url: URL, sha256: string): Promise<Response> {
  const attempt = async (cache: RequestCache): Promise<Response> => {
    const response = await get(url, { cache });
    const bytes = await response.arrayBuffer();
    await check(bytes, sha256, url.pathname);
    return isolated(response, bytes);
  };
  return attempt("force-cache").catch(() => attempt("reload"));
}

async function every(
  files: FileList,
  action: (path: string, file: ListedFile) => Promise<void>,
): Promise<void> {
  const actions = Object.entries(files).map(([path, file]) => action(path, file));
  await Promise.allSettled(actions); // so that nothing is stored after a failure
  await Promise.all(actions);
}
