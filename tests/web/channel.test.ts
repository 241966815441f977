import { afterEach, expect, test, vi } from "vitest";

import { AgentChannel } from "../../web/src/channel";
import type { FromAgent } from "../../web/src/protocol";
import { ProtocolError } from "../../web/src/wire";

afterEach(() => vi.unstubAllGlobals());

const output = (text: string): FromAgent => ({
  type: "step_output",
  run_id: "r",
  step: 1,
  stream: "stdout",
  text,
});

/** A channel, what it heard, and the function by which something comes from the agent. */
function listening(hear: (message: FromAgent) => void = () => undefined) {
  const port = { onmessage: null } as unknown as MessagePort;
  const heard: [FromAgent, ArrayBuffer[]][] = [];
  new AgentChannel(port, (message, buffers) => {
    heard.push([message, buffers]);
    hear(message);
  });
  const reported = vi.fn();
  vi.stubGlobal("reportError", reported);
  const arrive = (text: string, ...buffers: ArrayBuffer[]) =>
    port.onmessage?.({ data: [text, ...buffers], ports: [] } as unknown as MessageEvent);
  return { heard, reported, arrive };
}

const lines = (...messages: FromAgent[]) => messages.map((one) => JSON.stringify(one)).join("\n");

test("the messages of one text are heard in their order", () => {
  const { heard, arrive } = listening();
  const messages = ["1", "a\nb", "\u2028", ""].map(output);
  arrive(lines(...messages));
  expect(heard).toEqual(messages.map((message) => [message, []]));
});

test("buffers belong to the last message of a text", () => {
  const { heard, arrive } = listening();
  const buffer = new ArrayBuffer(3);
  arrive(lines(output("1"), output("2")), buffer);
  expect(heard).toEqual([
    [output("1"), []],
    [output("2"), [buffer]],
  ]);
});

test.each<[string, string]>([
  ["no message", '{"type":"unknown"}'],
  ["no JSON", "{"],
  ["nothing", ""],
])("%s among several takes no other message with it", (_, bad) => {
  const { heard, reported, arrive } = listening();
  arrive([lines(output("1")), bad, lines(output("2"))].join("\n"));
  expect(heard.map(([message]) => message)).toEqual([output("1"), output("2")]);
  expect(reported).toHaveBeenCalledExactlyOnceWith(expect.any(ProtocolError));
});

test("a listener that fails hears the next message all the same", () => {
  const failure = new Error("of a listener");
  const { heard, reported, arrive } = listening(() => {
    throw failure;
  });
  arrive(lines(output("1"), output("2")));
  expect(heard).toHaveLength(2);
  expect(reported).toHaveBeenCalledWith(failure);
});
