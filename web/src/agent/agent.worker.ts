/** The agent worker: boots Pyodide and passes the page's port to Python. Of all workers, only this
 *  one knows keys. */
import { PortEnd } from "../port";
import { bootRuntime } from "../runtime/boot";
import type { AgentDied, AgentStart, PackagesLoading, PackagesProgress } from "./messages";
import { SitePackages } from "./site_packages";

declare const self: DedicatedWorkerGlobalScope;

function died(error: unknown): void {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  self.postMessage({ type: "died", reason } satisfies AgentDied);
}

function loading(progress: PackagesProgress): void {
  self.postMessage({ type: "packages", ...progress } satisfies PackagesLoading);
}

async function start(message: AgentStart, port: MessagePort): Promise<void> {
  const { runtime, pageOrigin, packages } = message;
  const pyodide = await bootRuntime(runtime);
  pyodide.onFatal(died);
  const site = new SitePackages(new URL(packages), loading);
  const entry = pyodide.pyimport("pyagent.browser.agent_entry");
  entry.start(new PortEnd(port), pageOrigin, site, died);
}

self.onmessage = (event: MessageEvent<AgentStart>) => {
  self.onmessage = null;
  start(event.data, event.ports[0]!).catch(died);
};
