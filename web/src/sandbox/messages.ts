/**
 * The messages with which the page, the sandbox frame's window and the sandbox worker start and end
 * a sandbox. The agent's messages are not among them; they have their own port.
 */
import type { Parts } from "../port";
import type { RuntimeFiles } from "../runtime/boot";

/**
 * How a tool call in generated code waits for its result: by JSPI, by a shared buffer that the
 * frame's window fills, or not at all.
 */
export type Blocking = "suspend" | "atomics" | "none";

/** Page → frame, once. It comes with the page's port, the agent's, the agent's for interrupts, and
 *  the page's for `Ahead`. */
export interface FrameStart {
  workerSource: string;
  runtime: RuntimeFiles;
}

/** Frame → worker, once. It comes with the port for `Ahead`, and with the agent's unless `blocking`
 *  is `atomics`. */
export interface WorkerStart {
  runtime: RuntimeFiles;
  blocking: Blocking;
  /** Pyodide's interrupt buffer; null unless the frame is cross-origin isolated. */
  interrupt: Uint8Array | null;
  /** The buffer through which messages reach a blocked worker; only for `atomics`. */
  shared: SharedArrayBuffer | null;
}

/**
 * Page → worker, while the sandbox is a spare: what to load before code needs it. Null ends that
 * after the module that is being imported.
 */
export interface Ahead {
  /** Wheels by the names of their packages. */
  wheels: { [name: string]: Blob };
  /** Modules in the order of importing. */
  modules: readonly string[];
}

/**
 * Worker → frame → page. The sender may be hostile, and so may the text of `reason`. `misfit` comes
 * before `ready` where a prepared memory could not be used. `loaded` answers an `Ahead` and names the
 * modules that could not be imported.
 */
export type SandboxState =
  | { type: "ready" }
  | { type: "misfit" }
  | { type: "loaded"; failed: string[] }
  | { type: "died"; reason: string };

/**
 * Worker → frame, only for `atomics`. Asks for one more message, by an event (`next`) or through
 * the shared buffer (`pull`); or sends one, after which the worker asks again.
 */
export type RelayRequest = { type: "next" } | { type: "pull" } | { type: "send"; parts: Parts };

/** Reads a sandbox worker's message about its state; null when it is something else. */
export function readState(data: unknown): SandboxState | null {
  if (typeof data !== "object" || data === null || !("type" in data)) return null;
  if (data.type === "ready" || data.type === "misfit") return { type: data.type };
  if (data.type === "loaded" && "failed" in data && Array.isArray(data.failed)) {
    return { type: "loaded", failed: data.failed.slice(0, 100).map(String) };
  }
  if (data.type !== "died" || !("reason" in data)) return null;
  return { type: "died", reason: String(data.reason).slice(0, 500) };
}
