/** How far the packages are that the agent's worker loads at the moment, all together. */
import { Throttle } from "../runtime/throttle";
import type { PackagesProgress } from "./messages";

interface OnTheWay {
  loaded: number;
  total: number;
  ended: boolean;
}

export class PackagesOnTheWay {
  /** Those of one time of loading: it ends when nothing is on its way. */
  private readonly packages = new Map<string, OnTheWay>();
  private readonly told: Throttle<PackagesProgress>;

  constructor(report: (progress: PackagesProgress) => void) {
    this.told = new Throttle(report);
  }

  /** Notes how much of a package has come from the site. */
  note(name: string, loaded: number, total: number | null): void {
    this.packages.set(name, { loaded, total: total ?? loaded, ended: false });
    this.told.give(this.progress);
  }

  /** Notes that a package is here, or cannot be had. One that was kept was never on its way. */
  ended(name: string): void {
    const one = this.packages.get(name);
    if (!one) return;
    one.ended = true;
    this.told.now(this.progress);
    if (this.waiting.length === 0) this.packages.clear();
  }

  private get progress(): PackagesProgress {
    const all = [...this.packages.values()];
    return {
      names: this.waiting,
      loaded: all.reduce((sum, { loaded }) => sum + loaded, 0),
      total: all.reduce((sum, { total }) => sum + total, 0),
    };
  }

  /** Those that are not here yet, the largest first: they are the ones that people know. */
  private get waiting(): string[] {
    const waiting = [...this.packages].filter(([, { ended }]) => !ended);
    return waiting.sort(([, a], [, b]) => b.total - a.total).map(([name]) => name);
  }
}
