/** The page's handle on the agent worker: starts it, sends messages, notices its death, ends it. */
import { AgentChannel } from "../channel";
import type { FromAgent, ToAgent } from "../protocol";
import { ownScript } from "../trusted";
import type { RuntimeFiles } from "../runtime/boot";
import type { AgentDied, AgentStart, PackagesLoading, PackagesProgress } from "./messages";

export class Agent {
  /** Resolves with the reason when the worker fails; never after `end`. */
  readonly died: Promise<string>;

  private readonly worker: Worker;
  private readonly channel: AgentChannel;

  constructor(
    url: URL,
    runtime: RuntimeFiles,
    packages: URL,
    onMessage: (message: FromAgent, buffers: ArrayBuffer[]) => void,
    onPackages: (progress: PackagesProgress) => void,
  ) {
    const { port1, port2 } = new MessageChannel();
    const { promise, resolve } = Promise.withResolvers<string>();
    this.died = promise;
    this.channel = new AgentChannel(port1, onMessage);
    this.worker = new Worker(ownScript(url), { type: "module", name: "pyagent-agent" });
    this.worker.onmessage = ({ data }: MessageEvent<AgentDied | PackagesLoading>) => {
      if (data.type === "died") resolve(data.reason);
      else onPackages(data);
    };
    this.worker.onerror = (event) => {
      event.preventDefault();
      resolve(event.message || "The agent worker could not be loaded.");
    };
    const start: AgentStart = { runtime, pageOrigin: location.origin, packages: packages.href };
    this.worker.postMessage(start, [port2]);
  }

  send(message: ToAgent, buffers: ArrayBuffer[] = [], ports: MessagePort[] = []): void {
    this.channel.send(message, buffers, ports);
  }

  end(): void {
    this.channel.close();
    this.worker.terminate();
  }
}
