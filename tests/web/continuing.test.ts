// @vitest-environment node
/** A conversation outlives its agent: what a session gives to a new one, and what it does not take. */
import { beforeEach, expect, test, vi } from "vitest";
import { HostTools } from "../../web/src/agent/host_tools";
import type { SessionParts } from "../../web/src/agent/session_parts";
import { SavedState } from "../../web/src/api/saved_state";
import type { FromAgent, ToAgent, ToolCall, ToolReturn } from "../../web/src/protocol";
import { createSession } from "../../web/src/session";
import { savePoint } from "./support/fake_storage";
import * as say from "./support/messages";

interface FakeAgent {
  sent: ToAgent[];
  /** The buffers that came with each message. */
  buffers: ArrayBuffer[][];
  say: (message: FromAgent, ...buffers: ArrayBuffer[]) => void;
  die: (reason: string) => void;
}

let agents: FakeAgent[];
beforeEach(() => (agents = []));

const nothing = () => undefined;
const pool = {
  warm: nothing,
  use: nothing,
  prepare: nothing,
  releaseAll: nothing,
  dispose: nothing,
};
const parts = {
  checkBrowser: nothing,
  fetchRuntime: async () => ({}),
  makePool: () => pool,
  makeAgent: (...args: any[]) => {
    const { promise: died, resolve: die } = Promise.withResolvers<string>();
    const sent: ToAgent[] = [];
    const buffers: ArrayBuffer[][] = [];
    agents.push({ sent, buffers, die, say: (message, ...given) => args[3](message, given) });
    const send = (message: ToAgent, given: ArrayBuffer[] = []) => {
      sent.push(message);
      buffers.push(given);
    };
    return { died, end: nothing, send };
  },
} as unknown as SessionParts;

function newSession(tools = new HostTools()) {
  return createSession(tools, { baseUrl: new URL("https://site.example/"), parts });
}

async function agentUp(number = 0): Promise<FakeAgent> {
  await vi.waitFor(() => expect(agents.length).toBe(number + 1));
  agents[number]!.say({ type: "agent_ready", version: "0" });
  return agents[number]!;
}

async function begun(tools = new HostTools()) {
  const session = newSession(tools);
  return { session, agent: await agentUp() };
}

const types = (agent: FakeAgent) => agent.sent.map(({ type }) => type);
const kept = (...names: string[]): SavedState => {
  const state = new SavedState();
  for (const name of names) state.parts.set(name, 1);
  return state;
};
const restored: FromAgent = { type: "conversation_restored", problem: null };
const call = (call_id: number, sku: string): ToolCall => ({
  type: "tool_call",
  call_id,
  name: "order",
  args: [],
  kwargs: { sku },
});

function orders(answer: (sku: string) => unknown = () => 1): HostTools {
  const tools = new HostTools();
  const parameters = { type: "object", properties: { sku: { type: "string" } } };
  const tool = { name: "order", description: "Orders.", parameters };
  tools.addTool(tool, ({ sku }) => answer(String(sku)));
  return tools;
}

/** A run of the session in its second step, whose id is known. */
async function inSecondStep(session: ReturnType<typeof newSession>, agent: FakeAgent) {
  const result = session.run("Do it.");
  await vi.waitFor(() => expect(types(agent)).toContain("start_run"));
  const { run_id } = agent.sent.find((message) => message.type === "start_run")!;
  agent.say(savePoint({ run_id, parts: { "memory/0": 1 } }));
  agent.say(
    savePoint({ run_id, step: 1, parts: { "memory/1": 1 }, checkpoint: "new" }),
    new ArrayBuffer(3),
  );
  agent.say({ type: "step_started", run_id, step: 2, is_last_answer: false });
  return { result, run_id };
}

test("a run goes on in the agent that comes after a dead one", async () => {
  const { session, agent } = await begun(orders());
  const { result, run_id } = await inSecondStep(session, agent);
  agent.say(call(1, "a"));
  await vi.waitFor(() => expect(types(agent)).toContain("tool_return"));

  agent.die("out of memory");
  const next = await agentUp(1);
  await vi.waitFor(() => expect(types(next)).toContain("restore_conversation"));
  next.say(restored);

  await vi.waitFor(() => expect(types(next).at(-1)).toBe("resume_run"));
  expect(next.sent.at(-1)).toMatchObject({
    run_id,
    calls: [{ name: "order", kwargs: { sku: "a" }, is_known: true, value: 1 }],
  });
  next.say({ ...say.finished({ output: 5 }), run_id });
  expect(await result).toMatchObject({ output: 5 });
});

test("a step that kills its agent twice ends the run", async () => {
  const { session, agent } = await begun();
  const { result } = await inSecondStep(session, agent);
  agent.die("out of memory");
  const next = await agentUp(1);
  await vi.waitFor(() => expect(types(next)).toContain("restore_conversation"));
  next.say(restored);
  await vi.waitFor(() => expect(types(next)).toContain("resume_run"));

  next.die("out of memory");

  expect(await result).toMatchObject({ reason: "error", problem: { kind: "agent_lost" } });
});

test("a task that has not begun is given to the agent that comes after a dead one", async () => {
  const { session, agent } = await begun();
  const result = session.run("Add", { maxSteps: 3 });
  await vi.waitFor(() => expect(types(agent)).toEqual(["start_run"]));

  agent.die("out of memory");

  const next = await agentUp(1);
  await vi.waitFor(() => expect(types(next)).toEqual(["start_run"]));
  expect(next.sent).toEqual(agent.sent);
  const { run_id } = next.sent[0] as { run_id: string };
  next.say({ ...say.finished({ output: 5 }), run_id });
  expect(await result).toMatchObject({ output: 5 });
});

test("a task that two agents die of ends with advice", async () => {
  const { session, agent } = await begun();
  const result = session.run("Add");
  await vi.waitFor(() => expect(types(agent)).toEqual(["start_run"]));
  agent.die("out of memory");
  const next = await agentUp(1);
  await vi.waitFor(() => expect(types(next)).toEqual(["start_run"]));

  next.die("out of memory");

  expect(await result).toMatchObject({ reason: "error", problem: { kind: "agent_lost" } });
});

test("a task that has ended is not given to another agent", async () => {
  const { session, agent } = await begun();
  const result = session.run("Add");
  await vi.waitFor(() => expect(types(agent)).toEqual(["start_run"]));
  const { run_id } = agent.sent[0] as { run_id: string };
  agent.say(savePoint({ run_id, step: 1, is_over: true }));

  agent.die("out of memory"); // before it says how the task ended

  expect(await result).toMatchObject({ reason: "error", problem: { kind: "agent_lost" } });
  const next = await agentUp(1);
  void session.run("Subtract");
  await vi.waitFor(() => expect(types(next)).toEqual(["start_run"]));
  expect(next.sent[0]).toMatchObject({ task: "Subtract" });
});

test("a batch is not given to another agent", async () => {
  const { session, agent } = await begun();
  const result = session.map([{ task: "Add" }]);
  await vi.waitFor(() => expect(types(agent)).toEqual(["start_batch"]));

  agent.die("out of memory");

  expect(await result).toMatchObject({ reason: "error", problem: { kind: "agent_lost" } });
});

test("a conversation that is opened while another is read gets nothing of that one", async () => {
  const { session, agent } = await begun();
  const read = Promise.withResolvers<ArrayBuffer>();
  const [left, opened] = [kept("left"), kept("opened")];
  left.checkpoint = { arrayBuffer: () => read.promise } as Blob;
  session.restore(left);
  const first = session.run("Add");
  await new Promise((resolve) => setTimeout(resolve));
  session.stop();
  await first;
  session.restore(opened);

  read.resolve(new ArrayBuffer(3));
  void session.run("Subtract");

  await vi.waitFor(() => expect(types(agent)).toContain("restore_conversation"));
  const sent = agent.sent.findIndex(({ type }) => type === "restore_conversation");
  expect(agent.sent[sent]).toMatchObject({ parts: { opened: 1 } });
  expect(agent.buffers[sent]).toEqual([]);
});

test("an agent that dies while it takes the conversation back is not asked twice", async () => {
  const { session, agent } = await begun();
  await inSecondStep(session, agent);
  agent.die("first");
  const second = await agentUp(1);
  await vi.waitFor(() => expect(types(second)).toContain("restore_conversation"));

  session.saved.run!.step = 2; // another step, so that the run may go on once more
  second.die("second");
  const third = await agentUp(2);
  await vi.waitFor(() => expect(types(third)).toContain("restore_conversation"));
  expect(types(third)).not.toContain("resume_run");
  third.say(restored);

  await vi.waitFor(() => expect(types(third)).toContain("resume_run"));
  expect(types(third).filter((type) => type === "resume_run")).toHaveLength(1);
});

test("a stop in the moment of the agent's death costs the run and not the next agent", async () => {
  const { session, agent } = await begun();
  const { result } = await inSecondStep(session, agent);
  vi.useFakeTimers();
  session.stop();
  agent.die("out of memory");
  await vi.advanceTimersByTimeAsync(3000);
  vi.useRealTimers();

  expect(await result).toMatchObject({ reason: "cancelled" });
  expect(agents).toHaveLength(2);
  expect(session.saved.run).toBe(null);
  const next = await agentUp(1);
  void session.run("Next");
  await vi.waitFor(() => expect(types(next)).toContain("restore_conversation"));
});

test("a late save point of the conversation before does not reach the one that was opened", async () => {
  const { session, agent } = await begun();
  const heard = vi.fn();
  session.onMessage(heard);
  const state = kept("memory/b");
  state.goOn({ id: "rb", step: 4, maxSteps: null });
  session.restore(state);

  agent.say(
    savePoint({ is_over: true, parts: { "memory/a": 1 }, checkpoint: "new" }),
    new ArrayBuffer(9),
  );

  expect([...session.saved.parts.keys()]).toEqual(["memory/b"]);
  expect(session.saved.run).toMatchObject({ id: "rb" });
  expect(session.saved.checkpoint).toBe(null);
  expect(heard).not.toHaveBeenCalled();
});

test("a clear that waits for the agent leaves what was opened after it", async () => {
  const session = newSession();
  const clearing = session.clear();
  session.restore(kept("memory/b"));
  const agent = await agentUp();
  await vi.waitFor(() => expect(types(agent)).toEqual(["clear_conversation"]));
  agent.say({ type: "cleared" });
  await clearing;
  void session.run("Go on");

  await vi.waitFor(() => expect(types(agent)).toContain("restore_conversation"));
  expect(agent.sent.at(-1)).toMatchObject({ parts: { "memory/b": 1 } });
});

test("a conversation without a memory is begun by an agent that has none either", async () => {
  const { session, agent } = await begun();
  session.restore(new SavedState());
  void session.run("Begin");

  await vi.waitFor(() => expect(types(agent)).toEqual(["clear_conversation"]));
  agent.say({ type: "cleared" });
  await vi.waitFor(() => expect(types(agent)).toContain("start_run"));
});

test("a late answer to a dead agent's call is not that of another call", async () => {
  const answers = new Map<string, (value: unknown) => void>();
  const tools = orders((sku) => new Promise((resolve) => answers.set(sku, resolve)));
  const { session, agent } = await begun(tools);
  const told: (ToolCall | ToolReturn)[] = [];
  session.keepCalls(async (message) => void told.push(message));
  await inSecondStep(session, agent);
  agent.say(call(1, "a"));
  await vi.waitFor(() => expect(answers.has("a")).toBe(true));
  agent.die("out of memory");
  const next = await agentUp(1);
  next.say(call(1, "b"));
  await vi.waitFor(() => expect(answers.has("b")).toBe(true));

  answers.get("a")!("of a");

  await vi.waitFor(() => expect(told.map(({ type }) => type)).toContain("tool_return"));
  expect(session.saved.open.map(({ kwargs, value }) => [kwargs["sku"], value])).toEqual([
    ["a", "of a"],
    ["b", null],
  ]);
  expect(types(next)).not.toContain("tool_return");
  const ids = told.map(({ call_id }) => call_id);
  expect(ids[2]).toBe(ids[0]);
  expect(new Set(ids).size).toBe(2);
});

test("a call that cannot be kept because another tab has the conversation is not made", async () => {
  const made: string[] = [];
  const { session, agent } = await begun(orders((sku) => made.push(sku)));
  session.keepCalls(() => Promise.reject(new Error("Another tab has taken over.")));

  agent.say(call(7, "a"));

  await vi.waitFor(() => expect(types(agent)).toContain("tool_return"));
  expect(agent.sent.at(-1)).toMatchObject({
    call_id: 7,
    error: { message: expect.stringContaining("Another tab") },
  });
  expect(made).toEqual([]);
});

test("parts that do not fit into one message come in several", async () => {
  const { session, agent } = await begun();
  const state = new SavedState();
  for (let number = 0; number < 5; number++)
    state.parts.set(`memory/${number}`, "x".repeat(5_000_000));
  session.restore(state);
  void session.run("Go on");

  await vi.waitFor(() => expect(types(agent).length).toBeGreaterThan(1));
  const messages = agent.sent.filter((message) => message.type === "restore_conversation");
  expect(messages.map(({ more }) => more)).toEqual([...messages.slice(1).map(() => true), false]);
  expect(messages.flatMap(({ parts: given }) => Object.keys(given))).toHaveLength(5);
});

const texts = (buffers: ArrayBuffer[]) => buffers.map((one) => new TextDecoder().decode(one));

/** What a new agent is given of these tasks' files, and what a person is told. */
async function givenAgain(...tasks: File[][]) {
  const { session, agent } = await begun();
  const told: string[] = [];
  session.onError(({ message }) => told.push(message));
  const state = kept("memory/1/task");
  state.checkpoint = new Blob(["saved"]);
  state.files.push(...tasks);
  session.restore(state);
  void session.run("Go on", { files: [new File(["new"], "new.csv")] });
  await vi.waitFor(() => expect(types(agent)).toContain("restore_conversation"));
  const at = types(agent).indexOf("restore_conversation");
  const message = agent.sent[at]!;
  agent.say(restored);
  await vi.waitFor(() => expect(types(agent)).toContain("start_run"));
  const paths = message.type === "restore_conversation" ? message.files.map((f) => f.path) : [];
  return { paths, buffers: texts(agent.buffers[at]!), told };
}

test("the files of earlier tasks are given again, before the checkpoint", async () => {
  const first = [new File(["1"], "a.csv"), new File(["2"], "b.csv")];
  const { paths, buffers, told } = await givenAgain(first, [], [new File(["3"], "c.csv")]);

  expect(paths).toEqual(["a.csv", "b.csv", "c.csv"]);
  expect(buffers).toEqual(["1", "2", "3", "saved"]);
  expect(told).toEqual([]);
});

test("of several files with a name the last one is given again, in the first one's place", async () => {
  const { paths, buffers } = await givenAgain(
    [new File(["1"], "a.csv"), new File(["2"], "a.csv")],
    [new File(["3"], "b.csv")],
    [new File(["4"], "a.csv")],
  );

  expect(paths).toEqual(["a.csv", "a (2).csv", "b.csv"]);
  expect(buffers).toEqual(["4", "2", "3", "saved"]);
});

test("a file that cannot be read any more, and one that does not fit, are named", async () => {
  const gone = new File(["1"], "gone.csv");
  gone.arrayBuffer = () => Promise.reject(new Error("gone"));
  const large = (name: string) =>
    Object.defineProperty(new File(["x"], name), "size", { value: 120_000_000 });
  const { paths, told } = await givenAgain(
    [gone, large("old.csv"), new File(["2"], "small.csv")],
    [large("later.csv"), large("last.csv")],
  );

  expect(paths).toEqual(["small.csv", "later.csv", "last.csv"]);
  expect(told).toEqual(["Tools cannot read files of earlier tasks any more: gone.csv, old.csv."]);
});

test("an agent that comes after a dead one gets the files of the run under way", async () => {
  const { session, agent } = await begun();
  void session.run("Sum", { files: [new File(["1"], "a.csv")] });
  await vi.waitFor(() => expect(types(agent)).toContain("start_run"));
  const { run_id } = agent.sent.find((message) => message.type === "start_run")!;
  agent.say(savePoint({ run_id, parts: { "memory/1/task": 1 } }));

  agent.die("out of memory");
  const next = await agentUp(1);

  await vi.waitFor(() => expect(types(next)).toContain("restore_conversation"));
  const at = types(next).indexOf("restore_conversation");
  expect(texts(next.buffers[at]!)).toEqual(["1"]);
});
