import { beforeEach, expect, test, vi } from "vitest";
import { SessionError } from "../../../web/src/api/error";
import { Controller } from "../../../web/src/element/controller";
import { activeRun } from "../../../web/src/element/state/conversation";
import { questionsIn } from "../../../web/src/element/state/status";
import type { Problem } from "../../../web/src/protocol";
import {
  defaultModel,
  defaultSettings,
  endpointOf,
  readSettings,
  type Settings,
} from "../../../web/src/settings/settings";
import { FakeSession } from "../support/fake_session";
import * as say from "../support/messages";

const ENDPOINT: Settings = { ...defaultSettings, kind: "endpoint", endpoint: endpointOf("openai") };
const DEMO: Settings = { ...defaultSettings, kind: "demo" };

let session: FakeSession;
let controller: Controller;
let problems: Problem[];

beforeEach(() => {
  localStorage.clear();
  session = new FakeSession();
  const host = { requestUpdate: () => undefined, onMessage: () => undefined };
  problems = [];
  controller = new Controller({ ...host, onProblem: (problem) => problems.push(problem) }, session);
});

function lastRun() {
  return controller.tasks.conversation.runs.at(-1)!;
}

/** Resolves when everything that is due now has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

test("a task given while the runtime loads runs as soon as it is ready", async () => {
  controller.preferences.settings = DEMO;
  const result = controller.tasks.run("Add");
  await settled();
  expect(lastRun().phase).toBe("waiting");
  expect(session.tasks).toEqual([]);

  session.start();
  await settled();
  expect(session.tasks).toEqual([{ task: "Add" }]);
  session.say(say.started("Add"));
  session.say(say.finished({ output: 2 }));

  expect((await result).output).toBe(2);
  expect(lastRun()).toMatchObject({ phase: "finished", result: { output: 2 } });
});

test("a run without a key ends with advice, and the conversation stays", async () => {
  controller.preferences.settings = ENDPOINT;
  session.start();

  const { success, problem } = await controller.tasks.run("Add");

  expect(success).toBe(false);
  expect(problem).toMatchObject({ kind: "no_key", message: "There is no key for OpenAI." });
  expect(session.tasks).toEqual([]);
  expect(lastRun().task).toBe("Add");
});

test("the session gets a key only for its own origin", async () => {
  session.start();
  await controller.preferences.vault.set("https://api.openai.com", "sk-1").catch(() => undefined);

  await controller.choose(ENDPOINT);
  const elsewhere = { ...ENDPOINT.endpoint, baseUrl: "https://evil.example/v1" };
  await controller
    .choose({ ...ENDPOINT, endpoint: { ...elsewhere, provider: "custom" } })
    .catch(() => undefined);

  const keys = session.configured.map(({ model }) => model.kind === "endpoint" && model.apiKey);
  expect(keys).toEqual(["sk-1", ""]);
  expect(JSON.stringify(localStorage)).not.toContain("sk-1");
});

test("the session gets the settings of an endpoint", async () => {
  session.start();
  await controller.preferences.vault.set("https://api.openai.com", "sk-1").catch(() => undefined);

  await controller.choose({
    ...ENDPOINT,
    endpoint: { ...ENDPOINT.endpoint, promptStyle: "short", thinking: true },
    reply: { temperature: 0.2, maxTokens: 500 },
  });

  expect(session.configured[0]!.model).toMatchObject({
    promptStyle: "short",
    thinking: true,
    reply: { temperature: 0.2, maxTokens: 500 },
  });
});

test("settings that did not change are not sent again", async () => {
  session.start();
  await controller.choose(DEMO);
  await controller.choose(DEMO);

  expect(session.configured.length).toBe(1);
});

test("a model that does not fit rejects the choice and is tried again", async () => {
  session.start();
  session.onConfigure = () =>
    Promise.reject(new SessionError("does_not_fit", "It needs 2 GB.", "Choose a smaller one."));

  await expect(controller.choose(DEMO)).rejects.toThrow("It needs 2 GB.");
  session.onConfigure = async () => undefined;
  await controller.choose(DEMO);

  expect(session.configured.length).toBe(2);
});

test("stop ends a task that still waits, and nothing runs", async () => {
  controller.preferences.settings = DEMO;
  const result = controller.tasks.run("Add");

  controller.tasks.stop();

  expect((await result).reason).toBe("cancelled");
  session.start();
  await settled();
  expect(session.tasks).toEqual([]);
  expect(activeRun(controller.tasks.conversation)).toBe(null);
});

test("stop while the task runs asks the session once", async () => {
  controller.preferences.settings = DEMO;
  session.start();
  void controller.tasks.run("Add");
  await settled();

  controller.tasks.stop();
  controller.tasks.stop();

  expect(session.stops).toBe(1);
  expect(lastRun().phase).toBe("stopping");
});

test("a second task is refused while one runs", async () => {
  controller.preferences.settings = DEMO;
  session.start();
  void controller.tasks.run("Add");

  await expect(controller.tasks.run("Again")).rejects.toMatchObject({ kind: "busy" });
});

test("clear stops the run, waits for its end and empties the screen", async () => {
  controller.preferences.settings = DEMO;
  session.start();
  void controller.tasks.run("Add");
  await settled();

  const clearing = controller.clear();
  expect(session.clears).toBe(0);
  session.say(say.finished({ success: false, reason: "cancelled" }));
  await clearing;

  expect(session.stops).toBe(1);
  expect(session.clears).toBe(1);
  expect(controller.tasks.conversation.runs).toEqual([]);
});

test("a task given right after a clear stays on screen", async () => {
  controller.preferences.settings = DEMO;
  session.start();

  const clearing = controller.clear();
  void controller.tasks.run("Next");
  await clearing;

  expect(controller.tasks.conversation.runs.map(({ task }) => task)).toEqual(["Next"]);
});

test("a result has its own files even if the page starts a task at its end", async () => {
  controller.preferences.settings = DEMO;
  session.start();
  const info = { path: "a.txt", size_bytes: 2, media_type: "text/plain" };
  const first = controller.tasks.run("First");
  await vi.waitFor(() => expect(session.tasks.length).toBe(1));
  for (const event of [say.started("First"), say.step(1)]) session.say(event);
  session.say(say.made(1, info), new TextEncoder().encode("hi").buffer);
  session.onMessage(({ type }) => {
    if (type === "run_finished") void controller.tasks.run("Second");
  });
  session.say(say.finished());

  expect((await first).files).toMatchObject([{ path: "a.txt" }]);
});

test("a task with reset forgets the conversation before it runs", async () => {
  controller.preferences.settings = DEMO;
  session.start();
  void controller.tasks.run("First");
  await vi.waitFor(() => expect(session.tasks.length).toBe(1));
  await expect(controller.tasks.run("Now", { reset: true })).rejects.toMatchObject({
    kind: "busy",
  });
  expect(session.clears).toBe(0);
  session.say(say.started("First"));
  session.say(say.finished());
  await settled();

  void controller.tasks.run("Second", { reset: true, args: { a: 1 }, maxSteps: 3 });
  expect(controller.tasks.conversation.runs.map(({ task }) => task)).toEqual(["Second"]);
  expect([session.clears, session.tasks.length]).toEqual([1, 1]);
  await vi.waitFor(() => expect(session.tasks.length).toBe(2));
  expect(session.tasks[1]).toEqual({ task: "Second", args: { a: 1 }, maxSteps: 3 });
});

test("a task is tried again with its options, but without reset", async () => {
  controller.preferences.settings = DEMO;
  const file = new File(["1"], "a.csv");
  void controller.tasks.run("Add", { files: [file], args: { a: 1 }, maxSteps: 3, reset: true });

  expect(controller.tasks.givenTo(lastRun().key)).toEqual({
    files: [file],
    args: { a: 1 },
    maxSteps: 3,
  });
});

test("the agent is told to answer in the element's language", async () => {
  session.start();
  controller.preferences.language = "de";

  await controller.choose({ ...DEMO, agent: { ...DEMO.agent, instructions: "Be brief." } });

  expect(session.configured[0]!.agent.instructions).toBe("Be brief.\nAnswer in German.");
});

test("the screen says when the browser cannot run the agent", async () => {
  session.fail(new SessionError("unsupported", "No WebAssembly.", "Use another browser."));

  await expect(controller.start()).rejects.toThrow("No WebAssembly.");

  expect(controller.problem).toMatchObject({ kind: "unsupported", advice: "Use another browser." });
  expect(problems).toEqual([controller.problem]);
});

test("the death of an agent is shown until the next task", async () => {
  controller.preferences.settings = DEMO;
  session.start();
  await controller.start();

  session.break(new SessionError("agent_lost", "The agent stopped working.", "Try again."));
  expect(controller.problem?.kind).toBe("agent_lost");
  void controller.tasks.run("Add");

  expect(controller.problem).toBe(null);
});

test("a page's settings are not kept for the next visit", async () => {
  session.start();

  await controller.use(DEMO);

  expect(controller.preferences.settings.kind).toBe("demo");
  expect(localStorage.length).toBe(0);
});

test("a loading cancelled before the session was told does not begin", async () => {
  session.start();
  const local = { ...defaultSettings, kind: "local" as const, local: "https://x.example/m.gguf" };
  vi.spyOn(globalThis, "fetch").mockResolvedValue(Response.json([]));
  const choosing = controller.choose(local);

  controller.cancelLoading();

  await expect(choosing).rejects.toMatchObject({ kind: "replaced" });
  expect(session.configured.map(({ model }) => model.kind)).toEqual(["demo"]);
});

test("stop cancels the loading of one of several models", async () => {
  session.start();
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => Response.json([]));
  const endpoint = { ...endpointOf("custom"), baseUrl: "https://x.example/v1", model: "m" };
  const local = { ...defaultModel, kind: "local" as const, local: "https://x.example/m.gguf" };
  controller.preferences.settings = { ...ENDPOINT, endpoint, others: [local] };
  session.onConfigure = async () => {
    session.progress({ stage: "model", label: "Loading", loaded: 1, total: 2 });
    await new Promise(() => undefined);
  };
  const result = controller.tasks.run("Add");
  await vi.waitFor(() => expect(controller.progress).not.toBe(null));

  controller.tasks.stop();

  expect((await result).reason).toBe("cancelled");
  expect(session.configured.map(({ model }) => model.kind)).toEqual(["endpoint", "demo"]);
});

test("a person's decision settles the question on screen and reaches the session", async () => {
  controller.preferences.settings = DEMO;
  session.start();
  void controller.tasks.run("Send");
  await vi.waitFor(() => expect(session.tasks.length).toBe(1));
  for (const event of [say.started("Send"), say.step(1), say.called(1, 4, "send", {})])
    session.say(event);
  session.say(say.asked(1, 4, "send", {}));
  const verdict = { run_id: "r1", call_id: 4, allowed: false, reason: "No." };

  controller.tasks.approve(verdict);

  expect(session.verdicts).toEqual([verdict]);
  expect(questionsIn(activeRun(controller.tasks.conversation)!)).toEqual([]);
});

test("the session gets an endpoint's wire format", async () => {
  session.start();
  const endpoint = { provider: "custom", baseUrl: "https://x/v1", model: "m", format: "anthropic" };

  await controller.choose(readSettings({ kind: "endpoint", endpoint }));

  expect(session.configured[0]!.model).toMatchObject({ kind: "endpoint", format: "anthropic" });
});

test("the end of a managed agent's run does not end the task", async () => {
  controller.preferences.settings = DEMO;
  session.start();
  void controller.tasks.run("Ask");
  await vi.waitFor(() => expect(session.tasks.length).toBe(1));
  session.say(say.started("Ask"));

  session.say(say.of("other", say.finished()));

  expect(activeRun(controller.tasks.conversation)?.phase).toBe("running");
});

test("that nothing is kept is still said when the next task begins", async () => {
  const host = { requestUpdate: () => undefined, onMessage: () => undefined };
  controller = new Controller({ ...host, onProblem: () => undefined }, session, undefined, true);
  controller.preferences.settings = DEMO;
  session.start();
  await controller.start();
  const first = controller.tasks.run("Add"); // this test has no IndexedDB
  await settled();
  session.say(say.started("Add"));
  session.say(say.finished({ output: 2 }));
  await first;

  void controller.tasks.run("Add more");
  await settled();

  expect(controller.problem?.message).toMatch(/Conversations are not kept/);
});
