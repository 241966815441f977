import { expect, test } from "vitest";

import { HostTools } from "../../../web/src/agent/host_tools";
import type { ToAgent, ToolCall } from "../../../web/src/protocol";

const tool = { name: "price", description: "Price.", parameters: { type: "object" } };
const call: ToolCall = {
  type: "tool_call",
  call_id: 7,
  name: "price",
  args: [],
  kwargs: { sku: 1 },
};

function withTools() {
  const sent: ToAgent[] = [];
  const send = (message: ToAgent) => {
    JSON.stringify(message); // the wire also refuses what JSON cannot hold
    sent.push(message);
  };
  return { tools: new HostTools(), sent, send };
}

test("tools are announced to each new agent", () => {
  const { tools, sent, send } = withTools();
  tools.addTool(tool, () => 1);
  expect(sent).toEqual([]);
  tools.announce(send);
  tools.announce(send);
  expect(sent.map((message) => message.type)).toEqual(["add_tool", "add_tool"]);
  tools.removeTool("price");
  expect(sent.at(-1)).toEqual({ type: "remove_tool", name: "price" });
});

test("a call gets the arguments and answers with the value", async () => {
  const { tools, sent, send } = withTools();
  tools.addTool(tool, async ({ sku }) => [sku, 12.5]);
  await tools.call(call, send);
  expect(sent).toEqual([{ type: "tool_return", call_id: 7, value: [1, 12.5], error: null }]);
});

test("nothing returned is null", async () => {
  const { tools, sent, send } = withTools();
  tools.addTool(tool, () => undefined);
  await tools.call(call, send);
  expect(sent[0]).toMatchObject({ value: null, error: null });
});

test.each<[string, () => unknown, string]>([
  [
    "what a tool throws",
    () => {
      throw new RangeError("No such thing.");
    },
    "No such thing.",
  ],
  ["what JSON cannot hold", () => 1n, "BigInt"],
])("%s is the tool's error", async (_, handler, text) => {
  const { tools, sent, send } = withTools();
  tools.addTool(tool, handler);
  await tools.call(call, send);
  expect(sent[0]).toMatchObject({ type: "tool_return", call_id: 7, value: null });
  expect(JSON.stringify(sent[0])).toContain(text);
});

test("a call of a removed tool fails", async () => {
  const { tools, sent, send } = withTools();
  await tools.call(call, send);
  expect(JSON.stringify(sent[0])).toContain("The page has no tool price.");
});

test("agents are sent with their defaults, and removed", () => {
  const { tools, sent, send } = withTools();
  tools.addAgent({ name: "research", description: "Finds facts." });
  tools.announce(send);
  tools.addAgent({
    ...{ name: "writer", description: "Writes.", kind: "tool_calling", tools: ["a"] },
    ...{ maxSteps: 3, planningInterval: 2, provideRunSummary: true },
    limits: { tokens: 900, costUsd: 0.5, seconds: 1.5 },
  });
  tools.removeAgent("research");
  tools.removeAgent("nobody");

  expect(sent).toEqual([
    {
      type: "add_agent",
      name: "research",
      description: "Finds facts.",
      instructions: "",
      kind: "code",
      tools: null,
      max_steps: null,
      planning_interval: null,
      limits: { tokens: null, cost_usd: null, seconds: null },
      provide_run_summary: false,
    },
    {
      type: "add_agent",
      name: "writer",
      description: "Writes.",
      instructions: "",
      kind: "tool_calling",
      tools: ["a"],
      max_steps: 3,
      planning_interval: 2,
      limits: { tokens: 900, cost_usd: 0.5, seconds: 1.5 },
      provide_run_summary: true,
    },
    { type: "remove_agent", name: "research" },
  ]);
});

test("a tool or agent that does not fit into a message is refused at once and not kept", () => {
  const { tools, sent, send } = withTools();
  const parameters = { type: "object", default: 1n };

  expect(() => tools.addTool({ ...tool, parameters }, () => 1)).toThrow("add_tool.parameters");
  expect(() => tools.addAgent({ name: "a", description: "A.", maxSteps: 1.5 })).toThrow(
    "add_agent.max_steps: expected an integer",
  );

  tools.announce(send);
  expect(sent).toEqual([]);
});

const fails = (): never => {
  throw new Error("its own code");
};
const withoutText: [string, unknown][] = [
  ["a text that fails", { toString: fails }],
  ["no prototype", Object.create(null)],
  ["a name that fails", Object.assign(new Error("x"), { name: { toString: fails } })],
  ["a message that fails", Object.defineProperty(new Error(), "message", { get: fails })],
  ["a symbol", Symbol("x")],
];

test.each(withoutText)("a tool that throws %s is an error of the call", async (_, thrown) => {
  const { tools, sent, send } = withTools();
  tools.addTool(tool, () => {
    throw thrown;
  });
  await tools.call(call, send);
  expect(sent).toMatchObject([{ type: "tool_return", call_id: 7, value: null }]);
});

test("an error of megabytes is cut to what a message can hold", async () => {
  const { tools, sent, send } = withTools();
  tools.addTool(tool, () => {
    throw new Error("x".repeat(20_000_000));
  });
  await tools.call(call, send);
  expect(JSON.stringify(sent).length).toBeLessThan(200_000);
});
