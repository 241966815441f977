/** Passes on at most ten reports a second. The last one always arrives, also when nothing follows. */

const EVERY_MS = 100;

export class Throttle<T> {
  private waiting: { value: T } | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private passedAt = 0;

  constructor(private readonly report: (value: T) => void) {}

  give(value: T): void {
    this.waiting = { value };
    // No timer comes while a worker is busy in one piece of work; the clock goes on.
    const due = this.timer === null || performance.now() - this.passedAt >= EVERY_MS;
    if (due) this.pass();
  }

  /** Passes a report on at once. Those that wait are out of date then. */
  now(value: T): void {
    this.stop();
    this.report(value);
  }

  /** Drops what waits. */
  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.waiting = null;
  }

  private pass(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.waiting === null) return;
    const { value } = this.waiting;
    this.waiting = null;
    this.passedAt = performance.now();
    this.timer = setTimeout(() => this.pass(), EVERY_MS);
    this.report(value);
  }
}
