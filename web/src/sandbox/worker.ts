/**
 * The sandbox worker: boots Pyodide and passes the agent's port to Python. Everything that happens
 * in this realm afterwards is hostile, so nothing here may know a secret.
 */
import "./classic";
import { PortEnd, type PortLike } from "../port";
import { bootRuntime } from "../runtime/boot";
import { loadAhead } from "./ahead";
import type { SandboxState, WorkerStart } from "./messages";
import { noticeClosing } from "./closing";
import { RelayPort } from "./relay";

declare const self: DedicatedWorkerGlobalScope;

function tell(state: SandboxState): void {
  self.postMessage(state);
}

function died(error: unknown): void {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  tell({ type: "died", reason });
}

noticeClosing(self, () => died("it closed itself"));

async function start(message: WorkerStart, ports: readonly MessagePort[]): Promise<void> {
  const relay = message.shared === null ? null : new RelayPort(self, message.shared);
  const port: PortLike = relay ?? ports[1]!;
  const pyodide = await bootRuntime(message.runtime);
  const { packages } = pyodide;
  if (message.runtime.prepared && packages.length === 0) tell({ type: "misfit" });
  pyodide.onFatal(died);
  if (message.interrupt !== null) pyodide.setInterruptBuffer(message.interrupt);
  const wait = relay === null ? null : () => relay.wait();
  const entry = pyodide.pyimport("pyagent.browser.guest_entry");
  const python = entry.start(new PortEnd(port), message.blocking, wait, died, packages);
  loadAhead(python, ports[0]!, packages, (failed) => tell({ type: "loaded", failed }));
  relay?.ask();
  tell({ type: "ready" });
}

self.onmessage = (event: MessageEvent<WorkerStart>) => {
  self.onmessage = null;
  start(event.data, event.ports).catch(died);
};
