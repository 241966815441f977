/**
 * Where the page has the prepared memory: beside the packages, in the browser's store. It is brought
 * once a conversation has used what is in it, and fits only the build that it was made for.
 */
import type { RuntimeFiles } from "./boot";
import { readLock, type ListedPackage, type PackageStore, type SiteLock } from "./packages";
import { checkedParts, joined } from "./prepared";

/** Devices that report less memory, in gibibytes, hold nothing ready. */
const LEAST_MEMORY = 4;

export class PreparedStore {
  constructor(
    private readonly packages: PackageStore,
    private readonly runtime: RuntimeFiles,
  ) {}

  /** The runtime with the prepared memory, without asking the site. Null if that is not all here.
   *  Reads all of the memory, and forgets a damaged one. */
  async kept(): Promise<RuntimeFiles | null> {
    const lock = await this.lock();
    const { prepared } = lock;
    if (prepared?.build_id !== this.runtime.buildId || !hasMemory()) return null;
    const file = await this.packages.read(prepared);
    const wheels = file && (await this.wheels(lock));
    if (!wheels) return null;
    try {
      return { ...this.runtime, prepared: { ...(await checkedParts(file)), wheels } };
    } catch {
      await this.packages.forget([prepared]);
      return null;
    }
  }

  /**
   * Brings the memory if it holds one of `modules`, is for this build, and all wheels in it are here.
   * Returns the runtime with it, also where the browser has no room to keep it. It asks the site for
   * its list: there may be a new build since the last visit. Rejects with `SessionError` when the site
   * cannot be reached or sends something else.
   */
  async bring(modules: readonly string[]): Promise<RuntimeFiles | null> {
    const lock = readLock((await this.packages.lockText()) ?? "");
    const { prepared } = lock;
    const { snapshot, buildId } = this.runtime;
    if (prepared?.build_id !== buildId || snapshot === null || !hasMemory()) return null;
    if (!modules.some((module) => prepared.modules.includes(module))) return null;
    const wheels = await this.wheels(lock);
    if (wheels === null) return null;
    const file = await this.packages.bring(prepared, {}, async (part) => {
      const whole = await joined(part, snapshot);
      await checkedParts(whole); // what is wrong is not kept
      return whole;
    });
    return { ...this.runtime, prepared: { ...(await checkedParts(file)), wheels } };
  }

  /** The wheels whose packages are in the memory, by name; null if one is not here. */
  private async wheels(lock: SiteLock): Promise<{ [name: string]: Blob } | null> {
    const wheels: { [name: string]: Blob } = {};
    for (const [name, listed] of listedOf(lock)) {
      const wheel = await this.packages.read(listed);
      if (wheel === null) return null;
      wheels[name] = wheel;
    }
    return wheels;
  }

  /** The list as it was last read, on this visit or an earlier one. */
  private async lock(): Promise<SiteLock> {
    return readLock((await this.packages.keptLockText()) ?? "");
  }
}

function listedOf({ prepared, packages }: SiteLock): [string, ListedPackage][] {
  const names = prepared?.packages ?? [];
  return names.flatMap((name) => (packages[name] ? [[name, packages[name]]] : []));
}

/** Whether the device has room for more than it needs now. Firefox and Safari do not tell. */
export function hasMemory(): boolean {
  const { deviceMemory } = navigator as { deviceMemory?: number };
  return deviceMemory === undefined || deviceMemory >= LEAST_MEMORY;
}
