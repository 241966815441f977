/**
 * One sandbox: a frame of an opaque origin with a worker in it, and the only way to kill it.
 *
 * The frame's origin has no name, so a message to it must be posted to any origin. `FrameStart`
 * therefore holds nothing secret.
 */
import { fencedDocument } from "../trusted";
import type { RuntimeFiles } from "../runtime/boot";
import { readState, type Ahead, type FrameStart } from "./messages";

/** The bundled bootstrap.ts, and the hash of it that the content security policies allow. */
declare const SANDBOX_BOOTSTRAP: string;
declare const SANDBOX_BOOTSTRAP_HASH: string;
/** The bundled worker.ts. */
declare const SANDBOX_WORKER: string;

const POLICY = [
  "default-src 'none'",
  `script-src blob: 'wasm-unsafe-eval' '${SANDBOX_BOOTSTRAP_HASH}'`,
  "worker-src blob:",
  "connect-src 'none'",
  "form-action 'none'",
  "base-uri 'none'",
].join("; ");

/** A sandbox that boots or has booted. */
export class SandboxFrame {
  /** Resolves when Python runs in the sandbox; rejects when the sandbox dies before that. */
  readonly ready: Promise<void>;
  /** Resolves with the reason when the sandbox dies; never after `kill`. */
  readonly died: Promise<string>;
  /** The agent's ports: one for the guest's messages, and one on which any message is an
   *  interrupt. */
  readonly ports: [guest: MessagePort, control: MessagePort];

  /** Whether the prepared memory could not be used. It is known when the sandbox is ready. */
  misfit = false;

  private readonly element = document.createElement("iframe");
  private readonly state = new MessageChannel();
  private readonly ahead = new MessageChannel();
  /** The loads without an answer. The worker answers them in their order. */
  private readonly loads: PromiseWithResolvers<string[]>[] = [];
  /** Why nothing more can be loaded. */
  private ended: string | null = null;
  private lose: (reason: string) => void;
  private taken = false;

  constructor(runtime: RuntimeFiles) {
    const guest = new MessageChannel();
    const control = new MessageChannel();
    this.ports = [guest.port1, control.port1];
    const died = Promise.withResolvers<string>();
    this.lose = died.resolve;
    const ready = Promise.withResolvers<void>();
    this.ready = ready.promise;
    this.died = died.promise;
    this.ready.catch(() => undefined); // a spare may die before anyone waits for it
    this.state.port1.onmessage = (event: MessageEvent<unknown>) => {
      const state = readState(event.data);
      if (state?.type === "misfit") this.misfit = true;
      if (state?.type === "ready") ready.resolve();
      if (state?.type === "ready") this.showStart(runtime);
      if (state?.type === "loaded") this.loads.shift()?.resolve(state.failed);
      if (state?.type !== "died") return;
      ready.reject(new Error(state.reason));
      died.resolve(state.reason);
      this.endLoads(state.reason);
    };
    const { element } = this;
    element.setAttribute("sandbox", "allow-scripts");
    element.allow = "cross-origin-isolated";
    element.title = "pyagent sandbox";
    element.ariaHidden = "true";
    element.style.cssText = "position:absolute;width:0;height:0;border:0;visibility:hidden";
    element.srcdoc = fencedDocument(POLICY, `<script>${SANDBOX_BOOTSTRAP}</script>`);
    const start: FrameStart = { workerSource: SANDBOX_WORKER, runtime };
    const ends = [this.state.port2, guest.port2, control.port2, this.ahead.port2];
    element.addEventListener("load", () => element.contentWindow?.postMessage(start, "*", ends), {
      once: true,
    });
    document.body.append(element);
  }

  /** Has a spare load packages. Resolves with the modules that could not be imported; while it is a
   *  spare, the others are then in its frame's `data-loaded`. Rejects when the sandbox ends. */
  async load(ahead: Ahead): Promise<string[]> {
    if (this.ended !== null) throw new Error(this.ended);
    const load = Promise.withResolvers<string[]>();
    this.loads.push(load);
    this.ahead.port1.postMessage(ahead);
    const failed = await load.promise;
    const loaded = ahead.modules.filter((module) => !failed.includes(module));
    if (!this.taken) this.element.dataset["loaded"] = loaded.join(" ");
    return failed;
  }

  /** Lets the sandbox load nothing more ahead: it is a spare no longer. */
  take(): void {
    this.taken = true;
    delete this.element.dataset["loaded"];
    delete this.element.dataset["prepared"];
    this.ahead.port1.postMessage(null);
  }

  /** Notes at a spare's frame that it has started from a prepared memory: `data-prepared`. */
  private showStart({ prepared }: RuntimeFiles): void {
    if (prepared && !this.misfit && !this.taken) this.element.dataset["prepared"] = "";
  }

  /** Gives the sandbox up as dead. */
  fail(reason: string): void {
    this.lose(reason);
    this.kill();
  }

  /** Ends everything in the sandbox at once, including nested workers. */
  kill(): void {
    this.element.remove();
    this.state.port1.close();
    this.endLoads("The sandbox was killed.");
  }

  private endLoads(reason: string): void {
    this.ended ??= reason;
    for (const load of this.loads.splice(0)) load.reject(new Error(reason));
  }
}
