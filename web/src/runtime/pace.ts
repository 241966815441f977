/** How fast a download goes: the mean of its last seconds, so that the time left does not jump. */

const WINDOW_MS = 8000;
/** Less than this says nothing about the speed. */
const LEAST_MS = 1000;

export class Pace {
  private seen: { at: number; loaded: number }[] = [];

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Notes that `loaded` bytes are here. Returns the bytes a second; null while they are unknown. */
  at(loaded: number): number | null {
    const at = this.now();
    if (loaded < (this.seen.at(-1)?.loaded ?? 0)) this.seen = []; // it starts over
    this.seen.push({ at, loaded });
    while (this.seen.length > 2 && at - this.seen[1]!.at >= WINDOW_MS) this.seen.shift();
    const [first] = this.seen;
    const ms = at - first!.at;
    return ms < LEAST_MS ? null : ((loaded - first!.loaded) * 1000) / ms;
  }
}
