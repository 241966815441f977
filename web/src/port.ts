/**
 * One end of a message port between realms: each message is JSON text and then buffers.
 *
 * Python holds these objects too. The other end may be hostile, so a message that has another shape
 * or is far too large ends the connection before Python sees any of it.
 */
import { MAX_FILE_BYTES } from "./protocol";
import { MAX_CHARS } from "./wire";

export type Parts = [text: string, ...buffers: ArrayBuffer[]];
/** Gets only the text when nothing came with it: for Python each list is an object to be made. */
export type Deliver = (text: string, buffers?: ArrayBuffer[], ports?: PortEnd[]) => void;

/** The most bytes that may come with one message between the page and the agent: a task's files. */
export const MAX_BUFFER_BYTES = 512 * 1024 * 1024;

/** The most bytes that may come with one message of a sandbox: a file, or a checkpoint. */
export const MAX_SANDBOX_BYTES = MAX_FILE_BYTES;

/** The part of a `MessagePort` that we use. */
export interface PortLike {
  onmessage: ((event: MessageEvent) => void) | null;
  onclose?: (() => void) | null;
  postMessage(message: unknown, transfer: Transferable[]): void;
  close(): void;
}

export class PortEnd {
  constructor(
    private readonly port: PortLike,
    private readonly maxBytes = MAX_BUFFER_BYTES,
  ) {}

  /** Calls `deliver` for each message, and `closed` when no more can come. Ports that come with a
   *  message lead to a sandbox. */
  listen(deliver: Deliver, closed: () => void): void {
    this.port.onclose = closed;
    this.port.onmessage = (event) => {
      if (isParts(event.data, this.maxBytes)) {
        const [text, ...buffers] = event.data;
        const ports = (event.ports ?? []).map((port) => new PortEnd(port, MAX_SANDBOX_BYTES));
        if (buffers.length + ports.length > 0) deliver(text, buffers, ports);
        else deliver(text);
      } else {
        this.close();
        closed();
      }
    };
  }

  /** Sends a message. The buffers and ports are handed over: they are empty here afterwards. */
  post(text: string, buffers: ArrayBuffer[] = [], ports: MessagePort[] = []): void {
    this.port.postMessage([text, ...buffers] satisfies Parts, [...buffers, ...ports]);
  }

  close(): void {
    this.port.onmessage = null;
    this.port.close();
  }
}

function isParts(data: unknown, maxBytes: number): data is Parts {
  if (!Array.isArray(data)) return false;
  const [text, ...buffers] = data as unknown[];
  if (typeof text !== "string" || text.length > MAX_CHARS) return false;
  let size = 0;
  for (const buffer of buffers) {
    if (!(buffer instanceof ArrayBuffer)) return false;
    size += buffer.byteLength;
  }
  return size <= maxBytes;
}
