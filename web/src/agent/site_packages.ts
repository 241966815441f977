/**
 * The data packages that lie beside the page, for the agent worker. It fetches nothing but files of
 * one folder of the page's own site, and tells the page how far that is.
 */
import { messageOf, SessionError } from "../api/error";
import { PackageStore, readLock } from "../runtime/packages";
import type { PackagesProgress } from "./messages";
import { PackagesOnTheWay } from "./packages_on_the_way";

/** Whoever calls from Python sees the text of this error. */
export class SitePackageError extends Error {
  override readonly name = "SitePackageError";
}

export class SitePackages {
  private readonly store: PackageStore;
  private readonly loading = new Map<string, Promise<Blob>>();
  private readonly onTheWay: PackagesOnTheWay;
  private lockText: Promise<string> | null = null;
  /** The packages of the lock by their hashes. */
  private readonly listed = new Map<string, { name: string; bytes: number }>();

  constructor(
    private readonly folder: URL,
    onProgress: (progress: PackagesProgress) => void = () => undefined,
  ) {
    this.store = new PackageStore(folder);
    this.onTheWay = new PackagesOnTheWay(onProgress);
  }

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

  private load(name: string, sha256: string): Promise<Blob> {
    let loading = this.loading.get(sha256);
    if (loading === undefined) {
      loading = this.bring(name, sha256);
      this.loading.set(sha256, loading);
      loading.catch(() => this.loading.delete(sha256));
    }
    return loading;
  }

  private async bring(file: string, sha256: string): Promise<Blob> {
    const { name = file, bytes = null } = this.listed.get(sha256) ?? {};
    try {
      return await this.store.bring(
        { file, sha256, bytes },
        { onProgress: (loaded, total) => this.onTheWay.note(name, loaded, total) },
      );
    } catch (error) {
      throw new SitePackageError(this.explain(error, file));
    } finally {
      this.onTheWay.ended(name);
    }
  }

  private explain(error: unknown, file: string): string {
    const { pathname } = new URL(file, this.folder);
    if (error instanceof SessionError && error.kind === "wrong_file") {
      return `${file} is damaged or of another version. Load the page again.`;
    }
    const status = /answered (\d+)/.exec(messageOf(error))?.[1];
    return status
      ? `${pathname} answered ${status}.`
      : `${pathname} could not be fetched from this site.`;
  }

  private async readLock(): Promise<string> {
    const text = (await this.store.lockText()) ?? "";
    for (const [name, { sha256, bytes }] of Object.entries(readLock(text).packages)) {
      this.listed.set(sha256, { name, bytes });
    }
    return text;
  }
}
