/**
 * A stream of bytes from the process's first thread to the worker that runs Python.
 *
 * The worker blocks while code waits for a tool, so it gets the bytes through shared memory. Code in
 * the worker is hostile and may write anything there; it then hurts only itself.
 */

/** What both ends hold. */
export interface Shared {
  /** Counters, which wrap around: bytes written, bytes read, and events that may end a wait. */
  readonly counts: Int32Array<SharedArrayBuffer>;
  readonly data: Uint8Array<SharedArrayBuffer>;
  /** Pyodide's interrupt buffer: 2 asks the code to stop. */
  readonly interrupt: Uint8Array<SharedArrayBuffer>;
}

const WRITTEN = 0;
const READ = 1;
const EVENTS = 2;
const SIZE = 1 << 20;
const STOP = 2;

export function shared(): Shared {
  return {
    counts: new Int32Array(new SharedArrayBuffer(12)),
    data: new Uint8Array(new SharedArrayBuffer(SIZE)),
    interrupt: new Uint8Array(new SharedArrayBuffer(1)),
  };
}

/** The first thread's end. Nothing here waits for the worker. */
export class Writer {
  private readonly waiting: Uint8Array[] = [];
  private isPumping = false;

  constructor(private readonly shared: Shared) {}

  /** Sends bytes, at once if they fit. */
  write(bytes: Uint8Array): void {
    this.waiting.push(bytes);
    if (!this.isPumping) void this.pump();
  }

  /** Asks the code to stop, also when it waits. */
  interrupt(): void {
    Atomics.store(this.shared.interrupt, 0, STOP);
    this.wake();
  }

  private async pump(): Promise<void> {
    this.isPumping = true;
    const { counts } = this.shared;
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      const read = Atomics.load(counts, READ);
      const taken = this.put(next, SIZE - ((Atomics.load(counts, WRITTEN) - read) | 0));
      if (taken === next.length) this.waiting.shift();
      else this.waiting[0] = next.subarray(taken);
      if (taken === 0) await Atomics.waitAsync(counts, READ, read).value;
    }
    this.isPumping = false;
  }

  private put(bytes: Uint8Array, space: number): number {
    const { counts, data } = this.shared;
    const part = bytes.subarray(0, Math.max(0, space));
    const at = Atomics.load(counts, WRITTEN) & (SIZE - 1);
    data.set(part.subarray(0, SIZE - at), at);
    data.set(part.subarray(SIZE - at), 0);
    if (part.length > 0) {
      Atomics.add(counts, WRITTEN, part.length);
      this.wake();
    }
    return part.length;
  }

  private wake(): void {
    Atomics.add(this.shared.counts, EVENTS, 1);
    Atomics.notify(this.shared.counts, EVENTS);
  }
}

/** The worker's end. Its methods block. */
export class Reader {
  constructor(private readonly shared: Shared) {}

  /** Waits for the first byte of a frame. Returns false when the code should stop instead. */
  wait(): boolean {
    const { counts, interrupt } = this.shared;
    for (;;) {
      const events = Atomics.load(counts, EVENTS);
      if (Atomics.compareExchange(interrupt, 0, STOP, 0) === STOP) return false;
      if (this.there > 0) return true;
      Atomics.wait(counts, EVENTS, events);
    }
  }

  /** Reads exactly so many bytes. */
  read(bytes: number): Uint8Array<ArrayBuffer> {
    const { counts, data } = this.shared;
    const whole = new Uint8Array(bytes);
    for (let done = 0; done < bytes;) {
      const events = Atomics.load(counts, EVENTS);
      const at = Atomics.load(counts, READ) & (SIZE - 1);
      const part = data.subarray(at, at + Math.min(this.there, bytes - done));
      if (part.length === 0) {
        Atomics.wait(counts, EVENTS, events);
        continue;
      }
      whole.set(part, done);
      done += part.length;
      Atomics.add(counts, READ, part.length);
      Atomics.notify(counts, READ);
    }
    return whole;
  }

  private get there(): number {
    const { counts } = this.shared;
    return (Atomics.load(counts, WRITTEN) - Atomics.load(counts, READ)) | 0;
  }
}
