/**
 * What the page, the sandbox frame's window and the sandbox worker say to one another to start
 * and end a sandbox. The agent's own messages do not pass here; they have a port of their own.
 */
import type { Parts } from "../port";
import type { RuntimeFiles } from "../runtime/boot";

/**
 * How a tool call from generated code can wait for its result: by JSPI, by a shared buffer that
 * the frame's window fills, or not at all.
 */
export type Blocking = "suspend" | "atomics" | "none";

/** Page → frame, once. Its ports: the page's, the agent's, and the agent's for interrupts. */
export interface FrameStart {
  workerSource: string;
  runtime: RuntimeFiles;
}

/** Frame → worker, once. Its port is the agent's, where `blocking` is not `atomics`. */
export interface WorkerStart {
  runtime: RuntimeFiles;
  blocking: Blocking;
  /** Pyodide's interrupt buffer, where the frame is cross-origin isolated. */
  interrupt: Uint8Array | null;
  /** The buffer through which messages reach a blocked worker, only for `atomics`. */
  shared: SharedArrayBuffer | null;
}

/** Worker → frame → page. Whoever sends it may be hostile; `reason` is text from there. */
export type SandboxState = { type: "ready" } | { type: "died"; reason: string };

/**
 * Worker → frame, only for `atomics`: asks for one more message, to come by an event (`next`) or
 * through the shared buffer (`pull`), or sends one, after which it asks again.
 */
export type RelayRequest = { type: "next" } | { type: "pull" } | { type: "send"; parts: Parts };

/** Reads what a sandbox worker said about its state; null when it is not that. */
export function readState(data: unknown): SandboxState | null {
  if (typeof data !== "object" || data === null || !("type" in data)) return null;
  if (data.type === "ready") return { type: "ready" };
  if (data.type !== "died" || !("reason" in data)) return null;
  return { type: "died", reason: String(data.reason).slice(0, 500) };
}
