/**
 * The site's packages that this browser keeps: which are here, and those that a person wants to keep
 * or to remove. A package counts as kept when everything that it needs is here too.
 */
import { problemOf, SessionError } from "../api/error";
import type { Progress } from "../api/session";
import type { Problem } from "../protocol";
import { Pace } from "../runtime/pace";
import {
  neededBy,
  PackageStore,
  readLock,
  type ListedPackage,
  type SiteLock,
} from "../runtime/packages";
import { Throttle } from "../runtime/throttle";
import { groupsOf, isKnown } from "./package_groups";

/** A package that people know by its name. */
export interface OfferedPackage {
  name: string;
  /** Whether it works without a network. */
  kept: boolean;
  /** Whether it is being downloaded, or waits for that. */
  coming: boolean;
  /** What it needs, the largest first. */
  needs: readonly string[];
  /** The bytes that a download of it and of what it needs takes from the network now. */
  bytes: number;
  /** The packages that need it and are kept or coming, because of which it cannot be removed. */
  neededBy: readonly string[];
}

export interface OfferedGroup {
  title: string;
  /** The bytes that a download of the whole group takes from the network now. */
  bytes: number;
  packages: readonly OfferedPackage[];
}

export interface PackagesState {
  /** Whether the site has packages; null while nobody has looked or can look. */
  there: boolean | null;
  groups: readonly OfferedGroup[];
  /** Packages that people know and that the site does not have yet, or cannot have. */
  coming: readonly string[];
  missing: readonly string[];
  /** The bytes of a download of all that is not here. */
  bytes: number;
  /** How far the download is; null when there is none. */
  progress: Progress | null;
  problem: Problem | null;
}

/** Kept packages are stored unpacked, which takes some three to four times their download. */
const UNPACKED = 3.5;

export class KeptPackages extends EventTarget {
  state: PackagesState = {
    ...{ there: null, groups: [], coming: [], missing: [], bytes: 0, progress: null },
    problem: null,
  };

  private readonly store: PackageStore;
  private lock: SiteLock = readLock("");
  /** The names of those that are here. Every look reads a new list, but the names stay. */
  private here = new Set<string>();
  /** The names of files that are still to come, in their order. */
  private readonly waiting = new Set<string>();
  /** Set while a download runs. */
  private control: AbortController | null = null;

  constructor(folder: URL) {
    super();
    this.store = new PackageStore(folder);
  }

  /** Looks at what the site has and what is here. Never rejects. */
  async look(): Promise<void> {
    await this.readList();
    await this.lookHere();
    this.change({});
  }

  /** Downloads packages with what they need, as far as it is not here. Never rejects: what goes wrong
   *  is in `state`. */
  async keep(names: readonly string[]): Promise<void> {
    void navigator.storage?.persist?.().catch(() => false);
    for (const name of neededBy(names, this.lock)) {
      if (!this.here.has(name)) this.waiting.add(name);
    }
    await this.store.changeWanted((wanted) => [...wanted, ...names]).catch(() => undefined);
    if (this.waiting.size && !this.control) return this.download();
    await this.lookHere();
    this.change({});
  }

  /** Stops the download. What is here stays, and the next download goes on from it. */
  stop(): void {
    if (!this.control) return;
    this.waiting.clear(); // what is wanted from now on comes in another download
    this.control.abort(new SessionError("stopped", "The download was stopped."));
  }

  /** Removes packages, and what only they need. What is still coming keeps what it needs. */
  async remove(names: readonly string[]): Promise<void> {
    const others = this.offered
      .map(({ name }) => this.offer(name))
      .filter(({ name, kept, coming }) => coming || (kept && !names.includes(name)))
      .map(({ name }) => name);
    const stays = neededBy([...others, ...this.waiting], this.lock);
    const gone = [...neededBy(names, this.lock)].filter((name) => !stays.has(name));
    await this.store.forget(gone.map((name) => this.lock.packages[name]!));
    const unwanted = new Set([...gone, ...names]);
    await this.store
      .changeWanted((wanted) => wanted.filter((name) => !unwanted.has(name)))
      .catch(() => undefined);
    await this.lookHere();
    this.change({ problem: null });
  }

  /** Downloads what the person wanted to keep and the site has in a new version. */
  async renew(): Promise<void> {
    const wanted = await this.store.wanted();
    if (!wanted.length || !navigator.onLine) return;
    await this.look();
    if (this.lock.coming.length === 0) await this.keep(wanted);
  }

  /** All packages that people know by their names. */
  get offered(): OfferedPackage[] {
    return this.state.groups.flatMap(({ packages }) => packages);
  }

  /** A download ends with the list that it began with; the next look reads a new one. */
  private async readList(): Promise<void> {
    if (this.busy) return;
    const text = await this.store.lockText().catch(() => null);
    if (this.busy) return;
    this.lock = readLock(text ?? "");
    const there = text === null ? null : Object.keys(this.lock.packages).length > 0;
    const coming = this.lock.coming.filter(isKnown);
    const missing = Object.keys(this.lock.missing).filter(isKnown);
    this.state = { ...this.state, there, coming, missing };
  }

  private get busy(): boolean {
    return this.control !== null || this.waiting.size > 0;
  }

  private async download(): Promise<void> {
    this.change({ problem: null });
    try {
      // A wish that comes while a stopped download ends needs another one.
      while (this.waiting.size) await this.bringWaiting();
    } finally {
      this.control = null;
      this.change({ progress: null });
    }
  }

  /** Empties the list of what is waiting, whatever happens. Never rejects. */
  private async bringWaiting(): Promise<void> {
    const { signal } = (this.control = new AbortController());
    await this.lookHere();
    this.change({});
    try {
      await this.checkRoom();
      await this.bringAll(signal);
    } catch (error) {
      if (!signal.aborted) {
        this.waiting.clear();
        this.change({ problem: problemOf(error) });
      }
    }
    await this.lookHere();
    if (signal.aborted) await this.forgetWishes();
  }

  private async bringAll(signal: AbortSignal): Promise<void> {
    const pace = new Pace();
    const told = new Throttle<Progress>((progress) => {
      const bytesPerSecond = pace.at(progress.loaded);
      this.change({ progress: { ...progress, bytesPerSecond } });
    });
    let done = 0;
    try {
      for (const name of this.waiting) {
        signal.throwIfAborted();
        const listed = this.lock.packages[name]!;
        const onProgress = (here: number, _: number | null, note: string | null = null): void => {
          const [loaded, total] = [done + here, done + this.sizeOf(this.waiting)];
          told.give({ stage: "packages", label: `Downloading ${name}`, loaded, total, note });
        };
        onProgress(0, null);
        await this.store.bring(listed, { onProgress, signal });
        signal.throwIfAborted();
        await this.lookHere();
        signal.throwIfAborted();
        if (!this.here.has(name)) throw full(name);
        done += listed.bytes;
        this.waiting.delete(name);
      }
    } finally {
      told.stop();
    }
  }

  /** A person who stops does not want the packages that are not here, but for those that were asked
   *  for afterwards. */
  private async forgetWishes(): Promise<void> {
    const stays = (name: string): boolean => {
      const all = [...neededBy([name], this.lock)];
      return all.length > 0 && all.every((one) => this.here.has(one) || this.waiting.has(one));
    };
    await this.store.changeWanted((wanted) => wanted.filter(stays)).catch(() => undefined);
  }

  private async checkRoom(): Promise<void> {
    const { quota, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
    const needed = this.sizeOf(this.waiting) * UNPACKED;
    if (quota === undefined || needed <= quota - usage) return;
    throw new SessionError(
      "no_storage",
      `These packages need about ${megabytes(needed)} of storage, and this browser grants this ` +
        `page ${megabytes(quota - usage)}.`,
      "Free some disk space, remove a model, or leave the private window.",
    );
  }

  /** Looks at what is here. If the browser cannot say, what was known counts. */
  private async lookHere(): Promise<void> {
    const { packages } = this.lock;
    const kept = await this.store.kept(Object.values(packages)).catch(() => null);
    if (packages !== this.lock.packages) return this.lookHere(); // there is a newer list
    const here = ([, one]: [string, ListedPackage]): boolean => kept!.has(one);
    if (kept)
      this.here = new Set(
        Object.entries(packages)
          .filter(here)
          .map(([name]) => name),
      );
    this.offerAll();
  }

  private offerAll(): void {
    const needs = Object.entries(this.lock.packages).map(
      ([name, one]) => [name, one.depends] as const,
    );
    const titled = groupsOf(new Map(needs));
    const offered = new Map(
      titled.flatMap(({ names }) => names.map((name) => [name, this.offer(name)] as const)),
    );
    const groups = titled.map(({ title, names }) => ({
      title,
      bytes: this.sizeOf(neededBy(names, this.lock)),
      packages: names.map((name) => ({
        ...offered.get(name)!,
        neededBy: [...offered.values()]
          .filter((other) => (other.kept || other.coming) && other.needs.includes(name))
          .map((other) => other.name),
      })),
    }));
    const bytes = this.sizeOf(neededBy(offered.keys(), this.lock));
    this.state = { ...this.state, groups, bytes };
  }

  private offer(name: string): Omit<OfferedPackage, "neededBy"> {
    const { packages } = this.lock;
    const all = neededBy([name], this.lock);
    const needs = [...all].filter((one) => one !== name);
    const left = [...all].filter((one) => !this.here.has(one));
    return {
      name,
      kept: left.length === 0,
      coming: left.length > 0 && left.every((one) => this.waiting.has(one)),
      needs: needs.sort((a, b) => packages[b]!.bytes - packages[a]!.bytes),
      bytes: this.sizeOf(all),
    };
  }

  /** The bytes of those files that are not here. */
  private sizeOf(names: ReadonlySet<string>): number {
    const left = [...names].filter((name) => !this.here.has(name));
    return left.reduce((sum, name) => sum + (this.lock.packages[name]?.bytes ?? 0), 0);
  }

  private change(changes: Partial<PackagesState>): void {
    this.state = { ...this.state, ...changes };
    this.dispatchEvent(new Event("change"));
  }
}

function full(name: string): SessionError {
  return new SessionError(
    "no_storage",
    `The browser's storage is full, so ${name} cannot be kept.`,
    "Free some disk space, or remove a model or packages. Those that are here stay.",
  );
}

const megabytes = (bytes: number): string => `${Math.max(0, Math.round(bytes / 1e6))} MB`;
