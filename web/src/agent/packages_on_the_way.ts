/** How far the packages are that the agent's worker loads at the moment, all together. */
import type { PackagesProgress } from "./messages";

const REPORT_MS = 100;

interface OnTheWay {
  loaded: number;
  total: number;
  ended: boolean;
}

export class PackagesOnTheWay {
  /** Those of one time of loading: it ends when nothing is on its way. */
  private readonly packages = new Map<string, OnTheWay>();
  private reported = -REPORT_MS;

  constructor(
    private readonly report: (progress: PackagesProgress) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Notes how much of a package has come from the site. */
  note(name: string, loaded: number, total: number | null): void {
    this.packages.set(name, { loaded, total: total ?? loaded, ended: false });
    if (this.now() - this.reported >= REPORT_MS) this.tell();
  }

  /** Notes that a package is here, or cannot be had. One that was kept was never on its way. */
  ended(name: string): void {
    const one = this.packages.get(name);
    if (!one) return;
    one.ended = true;
    this.tell();
    if (this.waiting.length === 0) this.packages.clear();
  }

  private tell(): void {
    this.reported = this.now();
    const all = [...this.packages.values()];
    this.report({
      names: this.waiting,
      loaded: all.reduce((sum, { loaded }) => sum + loaded, 0),
      total: all.reduce((sum, { total }) => sum + total, 0),
    });
  }

  /** Those that are not here yet, the largest first: they are the ones that people know. */
  private get waiting(): string[] {
    const waiting = [...this.packages].filter(([, { ended }]) => !ended);
    return waiting.sort(([, a], [, b]) => b.total - a.total).map(([name]) => name);
  }
}
