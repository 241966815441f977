import { describe, expect, test } from "vitest";

import type { Parts } from "../../../web/src/port";
import type { RelayRequest } from "../../../web/src/sandbox/messages";
import { pack, Relay, unpack } from "../../../web/src/sandbox/relay";

const bytes = (...values: number[]): ArrayBuffer => new Uint8Array(values).buffer;

/** A relay with a worker that only records, and with the agent's side of its port. */
function setUp(sharedBytes = 1 << 16) {
  const toWorker: Parts[] = [];
  const toAgent: Parts[] = [];
  const agent = {
    onmessage: null as ((event: { data: Parts }) => void) | null,
    postMessage: (parts: Parts) => toAgent.push(parts),
  };
  const worker = { postMessage: (parts: Parts) => toWorker.push(parts) };
  const shared = new SharedArrayBuffer(sharedBytes);
  const relay = new Relay(agent as unknown as MessagePort, worker as unknown as Worker, shared);
  const ask = (type: "next" | "pull") => relay.handle({ type } satisfies RelayRequest);
  const arrive = (...parts: Parts) => agent.onmessage!({ data: parts });
  return { relay, shared, ask, arrive, toWorker, toAgent };
}

/** The chunks of one message, as a blocked worker reads them. */
function readBlocked({ shared, ask }: ReturnType<typeof setUp>): Parts {
  const header = new Int32Array(shared, 0, 3);
  const chunks: Uint8Array[] = [];
  do {
    if (header[0] === 0) ask("pull");
    expect(header[0]).toBe(1);
    chunks.push(new Uint8Array(shared, 12, header[1]).slice());
    header[0] = 0;
  } while (header[2] === 1);
  return unpack(chunks);
}

describe("packing", () => {
  test.each<[string, Parts]>([
    ["text alone", ["{}"]],
    ["text that is no ASCII", ["ä€😀\n"]],
    ["buffers", ["x", bytes(1, 2, 10), bytes(), bytes(255)]],
  ])("keeps %s", (_, parts) => {
    expect(unpack([pack(parts)])).toEqual(parts);
  });
});

describe("the relay", () => {
  test("gives an idle worker one message for each request", () => {
    const scene = setUp();
    scene.arrive("one");
    scene.arrive("two");
    expect(scene.toWorker).toEqual([]);
    scene.ask("next");
    expect(scene.toWorker).toEqual([["one"]]);
    scene.ask("next");
    expect(scene.toWorker).toEqual([["one"], ["two"]]);
  });

  test("writes for a blocked worker instead, once it blocks", () => {
    const scene = setUp();
    scene.ask("next");
    scene.ask("pull");
    scene.arrive("reply", bytes(7));
    expect(scene.toWorker).toEqual([]);
    expect(readBlocked(scene)).toEqual(["reply", bytes(7)]);
  });

  test("keeps an answer that comes before the worker blocks for it", () => {
    const scene = setUp();
    scene.ask("next");
    scene.relay.handle({ type: "send", parts: ["call"] });
    scene.arrive("reply");
    expect(scene.toWorker).toEqual([]);
    expect(readBlocked(scene)).toEqual(["reply"]);
  });

  test("carries a message larger than the shared buffer in chunks", () => {
    const scene = setUp(12 + 10);
    const text = "a long message, longer than the buffer";
    scene.arrive(text, bytes(1, 2, 3));
    scene.ask("pull");
    expect(readBlocked(scene)).toEqual([text, bytes(1, 2, 3)]);
  });

  test("sends what the worker says to the agent", () => {
    const scene = setUp();
    scene.relay.handle({ type: "send", parts: ["said"] });
    expect(scene.toAgent).toEqual([["said"]]);
  });
});
