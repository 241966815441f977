/**
 * The only script in the sandbox frame's window. It is inlined into the frame and allowed by its
 * hash, and it runs nothing that came from a model. It starts the worker, then carries interrupts,
 * the news of the worker's death and, where JSPI is missing, messages for a blocked worker.
 */
import { blobScript } from "../trusted";
import { readState, type Blocking, type FrameStart, type WorkerStart } from "./messages";
import type { RelayRequest } from "./messages";
import { Relay, SHARED_BYTES } from "./relay";

type MessagePorts = [MessagePort, MessagePort, MessagePort, MessagePort];

const INTERRUPT = 2; // SIGINT, as Pyodide's interrupt buffer wants it

function blockingWay(): Blocking {
  if ("Suspending" in WebAssembly) return "suspend";
  return crossOriginIsolated ? "atomics" : "none";
}

function start({ workerSource, runtime }: FrameStart, ports: readonly MessagePort[]): void {
  const [page, agent, control, ahead] = ports as MessagePorts;
  const source = new Blob([workerSource], { type: "text/javascript" });
  const worker = new Worker(blobScript(source), { name: "pyagent-sandbox" });
  const blocking = blockingWay();
  const shared = blocking === "atomics" ? new SharedArrayBuffer(SHARED_BYTES) : null;
  const interrupt = crossOriginIsolated ? new Uint8Array(new SharedArrayBuffer(1)) : null;
  const relay = shared === null ? null : new Relay(agent, worker, shared);

  worker.onmessage = (event: MessageEvent<unknown>) => {
    const state = readState(event.data);
    if (state !== null) page.postMessage(state);
    else relay?.handle(event.data as RelayRequest);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    page.postMessage({ type: "died", reason: event.message || "The worker failed." });
  };
  control.onmessage = () => {
    if (interrupt !== null) interrupt[0] = INTERRUPT;
  };
  const message: WorkerStart = { runtime, blocking, interrupt, shared };
  worker.postMessage(message, relay === null ? [ahead, agent] : [ahead]);
}

function onMessage(event: MessageEvent<FrameStart>): void {
  if (event.source !== parent) return;
  removeEventListener("message", onMessage);
  start(event.data, event.ports);
}

addEventListener("message", onMessage);
