// @vitest-environment node
/** The stream to a blocked worker, and the frames that are read from it. */
import { expect, test } from "vitest";
import { frame, readFrame } from "../../../web/src/process/frames";
import { Reader, shared, Writer } from "../../../web/src/process/stream";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);

test("bytes arrive in order over the end of the shared memory, many times", () => {
  const memory = shared();
  const [writer, reader] = [new Writer(memory), new Reader(memory)];
  for (let round = 0; round < 7; round++) {
    const sent = new Uint8Array(300_000).map((_, at) => (at * (round + 3)) % 251);
    writer.write(sent);
    expect(reader.wait()).toBe(true);
    expect(reader.read(sent.length)).toEqual(sent);
  }
});

test("what does not fit waits until there is room", async () => {
  const memory = shared();
  const [writer, reader] = [new Writer(memory), new Reader(memory)];
  const sent = new Uint8Array(2_500_000).map((_, at) => at % 249);
  writer.write(sent);
  writer.write(bytes("end"));
  const parts: Blob[] = [];
  for (let left = sent.length; left > 0; left -= 500_000) {
    parts.push(new Blob([reader.read(500_000)]));
    await new Promise((resolve) => setTimeout(resolve));
  }
  expect(new Uint8Array(await new Blob(parts).arrayBuffer())).toEqual(sent);
  expect(text(reader.read(3))).toBe("end");
});

test("an interrupt ends a wait once, and is seen by code that runs", () => {
  const memory = shared();
  const [writer, reader] = [new Writer(memory), new Reader(memory)];
  writer.interrupt();
  expect(memory.interrupt[0]).toBe(2);
  expect(reader.wait()).toBe(false);
  expect(memory.interrupt[0]).toBe(0);
  writer.write(bytes("a"));
  expect(reader.wait()).toBe(true);
});

test("a frame is read as it was written, and has a mark that no text has", () => {
  const buffer = Uint8Array.of(1, 2, 3).buffer;
  const pieces = frame(["grüße", buffer, new ArrayBuffer(0)]);
  const whole = Uint8Array.from(pieces.flatMap((piece) => [...piece]));
  expect(whole[0]).toBe(0xf5);
  expect(text(whole.subarray(1, 8))).toBe("pyagent");
  let at = 8;
  const read = (size: number): Uint8Array<ArrayBuffer> => whole.slice(at, (at += size));
  expect(readFrame(read)).toEqual(["grüße", buffer, new ArrayBuffer(0)]);
  expect(at).toBe(whole.length);
});

test("a stream that ends gives no frame", () => {
  expect(readFrame(() => null)).toBeNull();
});
