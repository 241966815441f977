/**
 * Has spare sandboxes load the packages that a conversation uses, so that a sandbox that replaces a
 * killed one has them at once.
 *
 * A module that could not be imported is not tried again. After a spare that hangs, none loads
 * anything.
 */
import { hasMemory } from "../runtime/prepared_store";
import type { SandboxFrame } from "./frame";
import type { Ahead } from "./messages";

/** What a spare may take to load packages, in milliseconds. */
export const LIMIT_MS = 30_000;

export type Spare = Pick<SandboxFrame, "ready" | "load" | "fail">;

/** Reads the wheels; null when they cannot be had without a network. */
export type Packages = () => Promise<Ahead | null>;

export class Preloading {
  private packages: Packages | null = null;
  private readonly refused = new Set<string>();
  private readonly begun = new WeakMap<Spare, Packages>();
  /** The last load of each spare. */
  private readonly loads = new WeakMap<Spare, Promise<boolean>>();

  /** Takes the packages for spares from now on. */
  use(packages: Packages): void {
    if (hasMemory()) this.packages = packages;
  }

  /**
   * Loads the packages into a spare that has not loaded them, once it is ready and has ended an
   * earlier load, and while `isSpare` holds. Resolves with whether the spare is as good as a new one.
   */
  async into(spare: Spare, isSpare: () => boolean): Promise<boolean> {
    const { packages } = this;
    if (packages === null || this.begun.get(spare) === packages) return true;
    this.begun.set(spare, packages);
    const load = this.after(this.loads.get(spare), packages, spare, isSpare);
    this.loads.set(spare, load);
    return load;
  }

  private async after(
    earlier: Promise<boolean> | undefined,
    packages: Packages,
    spare: Spare,
    isSpare: () => boolean,
  ): Promise<boolean> {
    try {
      await earlier; // the time of a load does not begin while it waits
      await spare.ready;
      await idle();
      const ahead = isSpare() ? await packages() : null;
      if (ahead === null || !isSpare()) return true;
      const modules = ahead.modules.filter((module) => !this.refused.has(module));
      return await this.load(spare, { ...ahead, modules }, isSpare);
    } catch {
      return true; // it died, which others see, or the wheels could not be read
    }
  }

  private async load(spare: Spare, ahead: Ahead, isSpare: () => boolean): Promise<boolean> {
    const limit = Promise.withResolvers<null>();
    const timer = setTimeout(() => limit.resolve(null), LIMIT_MS);
    const racing = Promise.race([spare.load(ahead), limit.promise]);
    const failed = await racing.finally(() => clearTimeout(timer));
    if (failed === null) {
      this.packages = null;
      // A spare is just replaced; the executor of a taken one has to learn of it.
      if (!isSpare()) spare.fail("Loading packages ahead did not end.");
      return false;
    }
    for (const module of failed) this.refused.add(module);
    return failed.length === 0;
  }
}

/** Resolves when the page has nothing to do. */
function idle(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback === "function") requestIdleCallback(() => resolve());
    else setTimeout(resolve, 100);
  });
}
