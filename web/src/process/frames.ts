/**
 * A message and its buffers as bytes, as pyagent/sandbox/frames.py writes and reads them:
 * `count, sizes, text, buffers`.
 */
import type { Parts } from "../port";

/** Reads exactly so many bytes, blocking. Null when no more come. */
export type Read = (bytes: number) => Uint8Array<ArrayBuffer> | null;

/** What precedes each frame that a guest writes. The first byte occurs in no text, so that what else
 *  gets between the frames is told from them. pyagent/executors/wasm/guest_process.py has it too. */
const MARK = Uint8Array.of(0xf5, 0x70, 0x79, 0x61, 0x67, 0x65, 0x6e, 0x74);

/** Reads the sizes of a frame's parts. Null when no more come. */
export function readSizes(read: Read): number[] | null {
  const head = read(4);
  if (head === null) return null;
  const table = read(new DataView(head.buffer).getUint32(0, true) * 8);
  if (table === null) return null;
  return Array.from(new BigUint64Array(table.buffer), Number);
}

/** Reads a frame. Null when no more come. */
export function readFrame(read: Read): Parts | null {
  const sizes = readSizes(read);
  if (sizes === null) return null;
  const parts = sizes.map((size) => read(size));
  if (parts.includes(null)) return null;
  const [text, ...buffers] = parts as Uint8Array<ArrayBuffer>[];
  return [new TextDecoder().decode(text), ...buffers.map((part) => part.buffer)];
}

/** Returns a frame as the pieces of which it consists. */
export function frame([text, ...buffers]: Parts): Uint8Array[] {
  const parts = [new TextEncoder().encode(text), ...buffers.map((part) => new Uint8Array(part))];
  const head = new DataView(new ArrayBuffer(4 + 8 * parts.length));
  head.setUint32(0, parts.length, true);
  parts.forEach((part, at) => head.setBigUint64(4 + 8 * at, BigInt(part.length), true));
  const start = joined([MARK, new Uint8Array(head.buffer), parts[0]!]);
  return [start, ...parts.slice(1)];
}

function joined(pieces: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
