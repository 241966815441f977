/** Sandboxes on demand, with one booted ahead so that a killed one is replaced at once. */
import type { RuntimeFiles } from "../runtime/boot";
import { SandboxFrame } from "./frame";

export class SandboxPool {
  private current: SandboxFrame | null = null;
  private spare: SandboxFrame | null = null;
  private disposed = false;

  constructor(private readonly runtime: RuntimeFiles) {}

  /** Boot a spare when there is none. Call it when nothing more urgent wants the processor. */
  warm(): void {
    if (this.disposed || this.spare !== null) return;
    const spare = new SandboxFrame(this.runtime);
    this.spare = spare;
    void spare.died.then(() => {
      if (this.spare === spare) this.spare = null;
      spare.kill();
    });
  }

  /**
   * Kill the sandbox in use and give the next one, which may still be booting. The one after it
   * is warmed when that one is ready.
   */
  replace(): SandboxFrame {
    this.current?.kill();
    const next = this.spare ?? new SandboxFrame(this.runtime);
    this.spare = null;
    this.current = next;
    next.ready.then(
      () => this.warm(),
      () => undefined,
    );
    return next;
  }

  dispose(): void {
    this.disposed = true;
    this.current?.kill();
    this.spare?.kill();
  }
}
