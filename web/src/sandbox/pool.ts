/** The sandboxes by number. They are made on demand, and one spare is booted ahead, so that a
 *  killed sandbox is replaced at once. Killing one leaves the others alone. */
import type { RuntimeFiles } from "../runtime/boot";
import { SandboxFrame } from "./frame";
import { Preloading, type Packages } from "./preloading";

export class SandboxPool {
  private readonly used = new Map<number, SandboxFrame>();
  private spare: SandboxFrame | null = null;
  private disposed = false;
  private readonly preloading = new Preloading();
  /** What new sandboxes start from, and what those have started from. */
  private files: RuntimeFiles;
  private readonly startedFrom = new WeakMap<SandboxFrame, RuntimeFiles>();

  constructor(
    private readonly runtime: RuntimeFiles,
    private readonly make = (files: RuntimeFiles) => new SandboxFrame(files),
  ) {
    this.files = runtime;
  }

  /**
   * Lets new sandboxes start from `files`, which have a prepared memory, and replaces the spare when
   * `prepare` is called. After a sandbox that could not use them, others start as before.
   */
  startFrom(files: RuntimeFiles): void {
    this.files = files;
  }

  /** Boots a spare when there is none. Call it when nothing more urgent needs the processor. */
  warm(): void {
    if (this.disposed || this.spare !== null) return;
    const spare = this.start();
    this.spare = spare;
    void spare.died.then(() => {
      if (this.spare === spare) this.spare = null;
      spare.kill();
    });
  }

  /**
   * Kills the sandbox of this number, if there is one, and returns a new one, which may still be
   * booting. When that is ready, the next spare is booted.
   */
  replace(sandbox: number): SandboxFrame {
    this.used.get(sandbox)?.kill();
    this.spare?.take();
    const next = this.spare ?? this.start();
    this.spare = null;
    this.used.set(sandbox, next);
    next.ready.then(
      () => this.warm(),
      () => undefined,
    );
    return next;
  }

  /** Lets this spare and later ones load packages when `prepare` is called. */
  use(packages: Packages): void {
    this.preloading.use(packages);
  }

  /** Has the spare load packages. Call it when the processor is free: between two steps. */
  prepare(): void {
    this.renewSpare();
    const { spare } = this;
    if (spare === null) return;
    const isSpare = (): boolean => this.spare === spare;
    void this.preloading.into(spare, isSpare).then((isGood) => {
      if (isGood || !isSpare()) return;
      spare.kill();
      this.spare = null;
      this.warm();
      this.prepare(); // with what can be imported
    });
  }

  private renewSpare(): void {
    const { spare } = this;
    if (spare === null || this.startedFrom.get(spare) === this.files) return;
    this.spare = null;
    spare.kill();
    this.warm();
  }

  private start(): SandboxFrame {
    const { files } = this;
    const frame = this.make(files);
    this.startedFrom.set(frame, files);
    const failed = (): void => {
      if (this.files !== files || files === this.runtime) return;
      this.files = this.runtime;
      this.startedFrom.set(frame, this.runtime); // which it has fallen back to
    };
    frame.ready.then(() => frame.misfit && failed(), failed);
    return frame;
  }

  /** Whether `frame` is still the sandbox of this number. */
  holds(sandbox: number, frame: SandboxFrame): boolean {
    return this.used.get(sandbox) === frame;
  }

  /** Kills the sandbox of this number for good. */
  release(sandbox: number): void {
    this.used.get(sandbox)?.kill();
    this.used.delete(sandbox);
  }

  /** Kills all sandboxes in use; the spare stays. */
  releaseAll(): void {
    for (const sandbox of [...this.used.keys()]) this.release(sandbox);
  }

  dispose(): void {
    this.disposed = true;
    this.releaseAll();
    this.spare?.kill();
  }
}
