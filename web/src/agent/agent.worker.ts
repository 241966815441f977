/** The agent worker: boots Pyodide and passes the page's port to Python. Of all workers, only this
 *  one knows keys. */
import { PortEnd } from "../port";
import { bootRuntime } from "../runtime/boot";
import type { AgentStart, AgentDied } from "./messages";

declare const self: DedicatedWorkerGlobalScope;

function died(error: unknown): void {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  self.postMessage({ type: "died", reason } satisfies AgentDied);
}

async function start({ runtime, pageOrigin }: AgentStart, port: MessagePort): Promise<void> {
  const pyodide = await bootRuntime(runtime);
  pyodide.onFatal(died);
  pyodide.pyimport("pyagent.browser.agent_entry").start(new PortEnd(port), pageOrigin, died);
}

self.onmessage = (event: MessageEvent<AgentStart>) => {
  self.onmessage = null;
  start(event.data, event.ports[0]!).catch(died);
};
