import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PackagesProgress } from "../../web/src/agent/messages";
import { HostTools } from "../../web/src/agent/host_tools";
import type {
  ModelChoice,
  Session,
  SessionSettings,
  LocalModelSource,
} from "../../web/src/api/session";
import { builtinSource } from "../../web/src/models/local";
import type { FromAgent, ToAgent } from "../../web/src/protocol";
import type { RuntimeFiles } from "../../web/src/runtime/boot";
import type { SessionParts } from "../../web/src/agent/session_parts";
import { createSession } from "../../web/src/session";
import { defaultAgent } from "../../web/src/settings/agent_options";
import { noOthers } from "../../web/src/settings/settings";
import * as say from "./support/messages";

/** A fake agent: what it was sent, and ways to speak and to die. */
interface FakeAgent {
  sent: ToAgent[];
  say: (message: FromAgent, buffers: ArrayBuffer[]) => void;
  load: (progress: PackagesProgress) => void;
  die: (reason: string) => void;
}

let agents: FakeAgent[];

beforeEach(() => (agents = []));
afterEach(() => vi.unstubAllGlobals());

const nothing = () => undefined;

const file = new Blob();
const runtime: RuntimeFiles = {
  ...{ buildId: "", asm: file, wasm: file, stdlib: file, lock: "", snapshot: null },
  wheels: {},
};

const parts: SessionParts = {
  checkBrowser: nothing,
  fetchRuntime: async () => runtime,
  makePool: () => ({
    warm: nothing,
    startFrom: nothing,
    replace: () => expect.unreachable("no agent asks for a sandbox"),
    use: nothing,
    prepare: nothing,
    holds: () => false,
    release: nothing,
    releaseAll: nothing,
    dispose: nothing,
  }),
  makeAgent(_url, _runtime, _packages, say, load) {
    const { promise: died, resolve: die } = Promise.withResolvers<string>();
    const sent: ToAgent[] = [];
    agents.push({ sent, say, load, die });
    return { died, send: (message) => sent.push(message), end: nothing };
  },
};

function created(tools = new HostTools()): Session {
  return createSession(tools, { baseUrl: new URL("https://site.example/"), parts });
}

async function begun(tools = new HostTools()) {
  const session = created(tools);
  await vi.waitFor(() => expect(agents.length).toBe(1));
  const agent = agents[0]!;
  agent.say({ type: "agent_ready", version: "0" }, []);
  await session.ready;
  return { session, agent };
}

test("packages that code waits for are told by name until all are here", async () => {
  const { session, agent } = await begun();
  const labels: [string, number, number | null][] = [];
  session.onProgress(({ label, loaded, total }) => labels.push([label, loaded, total]));

  agent.load({ names: ["pandas"], loaded: 1, total: 9 });
  agent.load({ names: ["pandas", "numpy"], loaded: 2, total: 9 });
  agent.load({ names: ["pandas", "numpy", "pytz", "six"], loaded: 3, total: 9 });
  agent.load({ names: [], loaded: 8, total: 9 });

  expect(labels.slice(0, 3)).toEqual([
    ["Loading pandas", 1, 9],
    ["Loading pandas and numpy", 2, 9],
    ["Loading pandas, numpy and 2 more", 3, 9],
  ]);
  expect(labels.at(-1)!.slice(1)).toEqual([9, 9]);
});

test("a task waits for a clear, and two clears at once are one", async () => {
  const { session, agent } = await begun();
  const clearing = Promise.all([session.clear(), session.clear()]);
  void session.run("Add");
  await vi.waitFor(() => expect(agent.sent).toEqual([{ type: "clear_conversation" }]));

  agent.say({ type: "cleared" }, []);
  await clearing;

  await vi.waitFor(() => expect(agent.sent.map(({ type }) => type)).toContain("start_run"));
  expect(agent.sent.length).toBe(2);
});

test("an agent that does not hear a stop is replaced, and the task ends as stopped", async () => {
  const { session, agent } = await begun();
  const told: string[] = [];
  session.onError(({ kind, message }) => told.push(kind, message));
  const result = session.run("Hang");
  await vi.waitFor(() => expect(agent.sent.length).toBe(1));
  vi.useFakeTimers();
  session.stop();
  vi.advanceTimersByTime(1_000);
  vi.useRealTimers();

  expect(await result).toMatchObject({ reason: "cancelled", problem: null });
  expect(agents.length).toBe(2);
  expect(told).toEqual([]); // the person got what was asked for
  agents[1]!.say({ type: "agent_ready", version: "0" }, []);
  void session.run("Next");
  await vi.waitFor(() => expect(agents[1]!.sent.map(({ type }) => type)).toContain("start_run"));
});

test("the agent hears what the browser says of the network, and when a person tries again", async () => {
  const page = new EventTarget();
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("navigator", { onLine: false });
  const { session, agent } = await begun();
  page.dispatchEvent(new Event("online"));
  page.dispatchEvent(new Event("offline"));
  session.tryNow();
  const types = agent.sent.map((message) =>
    message.type === "network_changed" ? message.online : message.type,
  );
  expect(types).toEqual([false, true, false, "try_now"]);
});

test("stop ends a task that waits for a new agent", async () => {
  const { session, agent } = await begun();
  agent.die("out of memory");
  await vi.waitFor(() => expect(agents.length).toBe(2));
  const result = session.run("Add");

  session.stop();

  expect((await result).reason).toBe("cancelled");
});

test("a new agent is told of the page's tools, and its calls are answered", async () => {
  const tools = new HostTools();
  tools.addTool(
    { name: "price", description: "Price.", parameters: { type: "object" } },
    () => 12.5,
  );
  const { agent } = await begun(tools);
  agent.die("out of memory");
  await vi.waitFor(() => expect(agents.length).toBe(2));
  const next = agents[1]!;

  next.say({ type: "agent_ready", version: "0" }, []);
  next.say({ type: "tool_call", call_id: 1, name: "price", args: [], kwargs: {} }, []);

  await vi.waitFor(() =>
    expect(next.sent).toMatchObject([{ type: "add_tool" }, { type: "tool_return", value: 12.5 }]),
  );
});

test("the agent is told of all models, and so is the next agent", async () => {
  const { session, agent } = await begun();
  const reply = { temperature: null, maxTokens: null };
  const endpoint = {
    kind: "endpoint",
    format: "openai",
    promptStyle: "full",
    thinking: null,
  } as const;
  const others = ["a", "b"].map((name) => {
    return { ...endpoint, model: name, baseUrl: `https://${name}.example`, apiKey: name, reply };
  });
  const settings = { model: { kind: "demo" }, others, choose: "round_robin" } as const;
  void session.configure({ ...settings, agent: defaultAgent });
  const told = {
    type: "configure",
    model: { kind: "demo" },
    others: [
      { kind: "openai", model: "a", base_url: "https://a.example", api_key: "a" },
      { kind: "openai", model: "b", base_url: "https://b.example", api_key: "b" },
    ],
    choose: "round_robin",
  };
  await vi.waitFor(() => expect(agent.sent).toMatchObject([told]));
  agent.say({ type: "configured", problem: null }, []);

  agent.die("out of memory");
  await vi.waitFor(() => expect(agents.length).toBe(2));
  agents[1]!.say({ type: "agent_ready", version: "0" }, []);

  await vi.waitFor(() => expect(agents[1]!.sent).toMatchObject([told]));
});

const DEMO: SessionSettings = { model: { kind: "demo" }, ...noOthers, agent: defaultAgent };
const CLOSED = { kind: "closed" };

test("everything in progress ends when a session is closed", async () => {
  const { session, agent } = await begun();
  const result = session.run("Add");
  const types = () => agent.sent.map(({ type }) => type).sort();
  await vi.waitFor(() => expect(types()).toEqual(["start_run"]));
  const configuring = session.configure(DEMO);
  const clearing = session.clear();
  await vi.waitFor(() => expect(types()).toEqual(["clear_conversation", "configure", "start_run"]));

  session.dispose();

  expect(await result).toMatchObject({ reason: "error", problem: CLOSED });
  await expect(configuring).rejects.toMatchObject(CLOSED);
  await expect(clearing).rejects.toMatchObject(CLOSED);
});

test("a session closed while it starts ends what waits and starts no agent", async () => {
  const session = created();
  const result = session.run("Add");
  const waiting = [session.configure(DEMO), session.clear(), session.ready];

  session.dispose();

  expect(await result).toMatchObject({ reason: "error", problem: CLOSED });
  for (const promise of waiting) await expect(promise).rejects.toMatchObject(CLOSED);
  await new Promise((resolve) => setTimeout(resolve));
  expect(agents).toEqual([]);
});

test("a session closed while a new agent starts ends what waits for it", async () => {
  const { session, agent } = await begun();
  agent.die("out of memory");
  await vi.waitFor(() => expect(agents.length).toBe(2));
  const clearing = session.clear();

  session.dispose();

  await expect(clearing).rejects.toMatchObject(CLOSED);
});

test("a closed session accepts nothing", async () => {
  const { session, agent } = await begun();
  session.dispose();

  await expect(session.run("Add")).rejects.toMatchObject(CLOSED);
  await expect(session.map([{ task: "Add" }])).rejects.toMatchObject(CLOSED);
  await expect(session.configure(DEMO)).rejects.toMatchObject(CLOSED);
  await expect(session.clear()).rejects.toMatchObject(CLOSED);
  expect(agent.sent).toEqual([]);
});

const REPLY = { temperature: null, maxTokens: null };
const BAD = { kind: "no_model", message: "There is no such model.", advice: "" };

function using(model: ModelChoice): SessionSettings {
  return { model, ...noOthers, agent: defaultAgent };
}

/** Resolves with a word for how a promise ended. */
function outcome(promise: Promise<void>): Promise<string> {
  return promise.then(
    () => "used",
    (error: { kind: string }) => error.kind,
  );
}

function count({ sent }: FakeAgent, type: ToAgent["type"], number: number): Promise<void> {
  return vi.waitFor(() => expect(sent.filter((one) => one.type === type).length).toBe(number));
}

test("settings given at the same time each get their own answer", async () => {
  const { session, agent } = await begun();
  const outcomes = [DEMO, DEMO, DEMO].map((settings) => outcome(session.configure(settings)));
  await count(agent, "configure", 3);

  for (const problem of [null, BAD, null]) agent.say({ type: "configured", problem }, []);

  expect(await Promise.all(outcomes)).toEqual(["used", "no_model", "used"]);
});

test("settings lost with an agent are not answered by the next one", async () => {
  const { session, agent } = await begun();
  const lost = outcome(session.configure(DEMO));
  await count(agent, "configure", 1);
  agent.die("out of memory");
  await vi.waitFor(() => expect(agents.length).toBe(2));
  agents[1]!.say({ type: "agent_ready", version: "0" }, []);
  await count(agents[1]!, "configure", 1);

  const given = outcome(session.configure(DEMO));
  await count(agents[1]!, "configure", 2);
  for (const problem of [null, BAD]) agents[1]!.say({ type: "configured", problem }, []);

  expect([await lost, await given]).toEqual(["agent_lost", "no_model"]);
});

/** A browser with its own models, which counts those that are made and ended. */
async function inTab() {
  const made = vi.fn();
  const ended = vi.fn();
  vi.stubGlobal("LanguageModel", {
    availability: async () => "available",
    async create() {
      made();
      return { contextWindow: 9216, destroy: ended };
    },
  });
  const source = (await builtinSource())!;
  return { made, ended, source };
}

/** A task that uses a local model. */
async function asking(session: Session, agent: FakeAgent, source: LocalModelSource) {
  const chosen = session.configure(using({ kind: "local", source, reply: REPLY }));
  await count(agent, "configure", 1);
  agent.say({ type: "configured", problem: null }, []);
  await chosen;
  const result = session.run("Add");
  await count(agent, "start_run", 1);
  return { result, end: () => agent.say(say.finished({ run_id: idOf(agent) }), []) };
}

function idOf({ sent }: FakeAgent): string {
  return sent.find((message) => message.type === "start_run")!.run_id;
}

test("a local model lives until the task that uses it ends", async () => {
  const { ended, source } = await inTab();
  const { session, agent } = await begun();
  const task = await asking(session, agent, source);

  const chosen = session.configure(DEMO);
  await count(agent, "configure", 2);
  agent.say({ type: "configured", problem: null }, []);
  await chosen;
  expect(ended).not.toHaveBeenCalled();
  task.end();
  await task.result;

  await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce());
});

test("the next local model is loaded after the task that uses the last one", async () => {
  const { made, ended, source } = await inTab();
  const { session, agent } = await begun();
  const task = await asking(session, agent, source);

  const next = { ...source, id: "next" };
  const chosen = session.configure(using({ kind: "local", source: next, reply: REPLY }));
  await session.ready;
  expect([made.mock.calls.length, ended.mock.calls.length]).toEqual([1, 0]);
  task.end();
  await count(agent, "configure", 2);
  agent.say({ type: "configured", problem: null }, []);
  await chosen;

  expect([made.mock.calls.length, ended.mock.calls.length]).toEqual([2, 1]);
});

test("the next local model can be cancelled while it waits for a task", async () => {
  const { made, ended, source } = await inTab();
  const { session, agent } = await begun();
  const task = await asking(session, agent, source);
  const next = { ...source, id: "next" };
  const waiting = session.configure(using({ kind: "local", source: next, reply: REPLY }));

  const back = session.configure(using({ kind: "local", source, reply: REPLY }));

  await expect(waiting).rejects.toMatchObject({ kind: "replaced" });
  await count(agent, "configure", 2);
  agent.say({ type: "configured", problem: null }, []);
  await back;
  task.end();
  await task.result;
  expect([made.mock.calls.length, ended.mock.calls.length]).toEqual([1, 0]);
});
