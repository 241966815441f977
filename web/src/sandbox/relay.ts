/**
 * Carries messages to a worker that blocks, where JSPI is missing.
 *
 * A blocked worker sees no events, only shared memory. So the frame's window holds the agent's port
 * and passes on one message for each request. `Relay` runs in the window; `RelayPort` runs in the
 * worker and replaces the port there. A worker that sends something may block on the answer right
 * after, and would never see an event. Sending therefore cancels the request for an event.
 */
import type { Parts, PortLike } from "../port";
import type { RelayRequest } from "./messages";

const STATE = 0; // 0: the window may write, 1: the worker may read
const LENGTH = 1; // bytes in this chunk
const MORE = 2; // 1: the message goes on in a further chunk
const HEADER_BYTES = 12;

/** The size of the shared buffer. A longer message is passed in chunks. */
export const SHARED_BYTES = 1 << 20;

/** The window's side. */
export class Relay {
  private readonly queue: Parts[] = [];
  private demand: "none" | "next" | "pull" = "none";
  private rest: Uint8Array | null = null;

  constructor(
    private readonly agent: MessagePort,
    private readonly worker: Worker,
    private readonly shared: SharedArrayBuffer,
  ) {
    agent.onmessage = (event: MessageEvent<Parts>) => {
      this.queue.push(event.data);
      this.serve();
    };
  }

  handle(request: RelayRequest): void {
    if (request.type === "send") {
      const [, ...buffers] = request.parts;
      this.demand = "none"; // this must come before the agent can answer
      this.agent.postMessage(request.parts, buffers);
      return;
    }
    this.demand = request.type;
    this.serve();
  }

  private serve(): void {
    if (this.demand === "next" && this.queue.length > 0) {
      this.demand = "none";
      const parts = this.queue.shift()!;
      this.worker.postMessage(parts, parts.slice(1) as ArrayBuffer[]);
    } else if (this.demand === "pull") {
      if (this.rest === null && this.queue.length > 0) this.rest = pack(this.queue.shift()!);
      if (this.rest !== null) this.writeChunk(this.rest);
    }
  }

  private writeChunk(bytes: Uint8Array): void {
    this.demand = "none";
    const header = new Int32Array(this.shared, 0, 3);
    const chunk = bytes.subarray(0, this.shared.byteLength - HEADER_BYTES);
    new Uint8Array(this.shared, HEADER_BYTES).set(chunk);
    this.rest = chunk.length < bytes.length ? bytes.subarray(chunk.length) : null;
    header[LENGTH] = chunk.length;
    header[MORE] = this.rest === null ? 0 : 1;
    Atomics.store(header, STATE, 1);
    Atomics.notify(header, STATE);
  }
}

/** The worker's side: a replacement for the port, with a `wait` that blocks. */
export class RelayPort implements PortLike {
  onmessage: ((event: MessageEvent<Parts>) => void) | null = null;
  private asking = false;

  constructor(
    private readonly scope: DedicatedWorkerGlobalScope,
    private readonly shared: SharedArrayBuffer,
  ) {
    scope.onmessage = (event: MessageEvent<Parts>) => {
      this.onmessage?.(event);
      this.ask();
    };
  }

  close(): void {
    this.onmessage = null;
  }

  postMessage(parts: Parts, transfer: Transferable[]): void {
    this.scope.postMessage({ type: "send", parts } satisfies RelayRequest, transfer);
    this.askWhenIdle();
  }

  /** Returns the next message. Blocks the worker and its events. */
  wait(): Parts {
    const header = new Int32Array(this.shared, 0, 3);
    const chunks: Uint8Array[] = [];
    do {
      this.scope.postMessage({ type: "pull" } satisfies RelayRequest);
      Atomics.wait(header, STATE, 0);
      chunks.push(new Uint8Array(this.shared, HEADER_BYTES, header[LENGTH]).slice());
      Atomics.store(header, STATE, 0);
    } while (header[MORE] === 1);
    this.askWhenIdle();
    return unpack(chunks);
  }

  /** Asks for one more message by an event. */
  ask(): void {
    this.asking = false;
    this.scope.postMessage({ type: "next" } satisfies RelayRequest);
  }

  private askWhenIdle(): void {
    if (this.asking) return;
    this.asking = true;
    setTimeout(() => this.ask());
  }
}

/** Returns a message as bytes: a JSON list of its parts' lengths, a newline, the parts. */
export function pack([text, ...buffers]: Parts): Uint8Array {
  const parts = [new TextEncoder().encode(text), ...buffers.map((part) => new Uint8Array(part))];
  const head = new TextEncoder().encode(JSON.stringify(parts.map((part) => part.length)) + "\n");
  return join([head, ...parts]);
}

export function unpack(chunks: Uint8Array[]): Parts {
  const bytes = join(chunks);
  const end = bytes.indexOf(10);
  const decoder = new TextDecoder();
  const lengths = JSON.parse(decoder.decode(bytes.subarray(0, end))) as number[];
  let offset = end + 1;
  const parts = lengths.map((length) => bytes.slice(offset, (offset += length)));
  const [text, ...buffers] = parts;
  return [decoder.decode(text), ...buffers.map((part) => part.buffer)];
}

function join(chunks: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
