/**
 * The sandbox worker: boots Pyodide and hands Python the agent's port. Everything that happens in
 * this realm afterwards is hostile; nothing here may know a secret.
 */
import { bootRuntime } from "../runtime/boot";
import type { SandboxState, WorkerStart } from "./messages";
import { RelayPort } from "./relay";

declare const self: DedicatedWorkerGlobalScope;

// Pyodide refuses classic workers, and Chromium starts no module worker from a blob in an opaque
// origin. Pyodide tells a classic worker by this function.
Object.defineProperty(self, "importScripts", { value: undefined });

function tell(state: SandboxState): void {
  self.postMessage(state);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

async function start(message: WorkerStart, ports: readonly MessagePort[]): Promise<void> {
  const relay = message.shared === null ? null : new RelayPort(self, message.shared);
  const port = relay ?? ports[0];
  const pyodide = await bootRuntime(message.runtime);
  pyodide.onFatal((error) => tell({ type: "died", reason: reasonOf(error) }));
  if (message.interrupt !== null) pyodide.setInterruptBuffer(message.interrupt);
  pyodide.pyimport("pyagent.browser.guest_entry").start(port, message.blocking);
  tell({ type: "ready" });
}

self.onmessage = (event: MessageEvent<WorkerStart>) => {
  self.onmessage = null;
  start(event.data, event.ports).catch((error) => tell({ type: "died", reason: reasonOf(error) }));
};
