// @vitest-environment node
/** What is kept of the conversation on screen, and what comes back. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { History, type Screen } from "../../../web/src/element/history";
import { Tasks } from "../../../web/src/element/tasks";
import { Library } from "../../../web/src/journal/library";
import type { Event } from "../../../web/src/protocol";
import { FakeSession } from "../support/fake_session";
import { newName, savePoint } from "../support/fake_storage";
import * as say from "../support/messages";

let name: string;
let settings: () => Promise<void>;
const open: Library[] = [];

beforeEach(() => {
  name = newName();
  settings = async () => undefined;
  const kept = new Map<string, string>();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
});
afterEach(() => {
  for (const library of open.splice(0)) library.dispose();
  vi.unstubAllGlobals();
});

/** A tab with its own session. */
function tab() {
  const session = new FakeSession();
  session.start();
  session.onMessage((message, buffers) => session.saved.take(message, buffers));
  const tasks = new Tasks(
    {
      modelName: "m",
      requestUpdate: () => undefined,
      applySettings: () => settings(),
      begun: () => undefined,
      abandoned: () => undefined,
      ended: () => undefined,
    },
    session,
  );
  const problems: string[] = [];
  const screen: Screen = {
    empty: () => tasks.empty(),
    show: (action, given) => tasks.show(action, given),
    shown: () => !history.follows && tasks.interrupt(),
    taken: () => undefined,
    problem: ({ kind }) => problems.push(kind),
    requestUpdate: () => undefined,
  };
  const library = new Library(() => undefined, name);
  open.push(library);
  const history = new History(library, session, screen);
  tasks.keepIn(history);
  session.onMessage((message, buffers) => tasks.receive(message, buffers));
  return { session, tasks, history, library, problems };
}
type Tab = ReturnType<typeof tab>;

const runs = ({ tasks }: Tab) => tasks.conversation.runs;
const flushed = async ({ library }: Tab) => {
  await vi.waitFor(() => expect(library.journal).not.toBe(null));
  await library.journal!.flush();
};

/** Begins a task and says what its agent does. The task goes on. */
async function told(one: Tab, ...messages: (Event | ReturnType<typeof savePoint>)[]) {
  const result = one.tasks.run("Add");
  await vi.waitFor(() => expect(one.session.tasks.length).toBeGreaterThan(0));
  one.session.saved.begin("r1", null);
  for (const message of messages) one.session.say(message);
  return { result };
}

async function interrupted(): Promise<string> {
  const first = tab();
  await told(
    first,
    say.started("Add"),
    savePoint({ parts: { "memory/0": 1 } }),
    say.step(1),
    say.ended(1),
    savePoint({ step: 1, parts: { "memory/1": 1 } }),
    say.step(2),
  );
  await flushed(first);
  const { id } = first.history;
  first.library.dispose();
  first.history.dispose();
  return id!;
}

test("a conversation comes back as it was, and can be gone on with", async () => {
  const id = await interrupted();
  const second = tab();

  await second.history.reopen();

  expect(second.history.id).toBe(id);
  expect(runs(second)[0]).toMatchObject({ task: "Add", phase: "interrupted" });
  expect(runs(second)[0]!.steps.map(({ phase }) => phase)).toEqual(["done", "interrupted"]);
  expect(second.tasks.isResumable).toBe(true);
  expect([...second.session.saved.parts.keys()]).toEqual(["memory/0", "memory/1"]);
});

test("the files of a conversation's tasks come back with it, for the tools that read them", async () => {
  const first = tab();
  const files = [new File(["a,b"], "a.csv")];
  const result = first.tasks.run("Add", { files });
  await vi.waitFor(() => expect(first.session.tasks.length).toBe(1));
  first.session.say(say.started("Add"));
  first.session.say(say.finished());
  await result;
  const refused = first.tasks.run("Add", { files: [new File(["b"], "refused.csv")] });
  await vi.waitFor(() => expect(first.session.tasks.length).toBe(2));
  first.session.say(say.finished({ reason: "error" })); // it never began
  await refused;
  first.tasks.map([{ task: "One", files: [new File(["1"], "one.csv")] }], {
    files: [new File(["2"], "all.csv")],
  });
  await first.tasks.settle();
  await flushed(first);
  first.library.dispose();
  first.history.dispose();
  const second = tab();

  await second.history.reopen();

  const names = second.session.saved.files.map((task) => task.map((file) => file.name));
  expect(names).toEqual([["a.csv"]]);
  expect(await second.session.saved.files[0]![0]!.text()).toBe("a,b");
});

test("a task that could not go on, because a key is missing, can go on later", async () => {
  await interrupted();
  const second = tab();
  await second.history.reopen();
  settings = () => Promise.reject(new Error("There is no key."));

  const { problem } = await second.tasks.resume();

  expect(problem?.message).toBe("There is no key.");
  expect(runs(second)[0]!.phase).toBe("interrupted");
  expect(second.tasks.isResumable).toBe(true);
  second.library.dispose();
  second.history.dispose();
  const third = tab();
  await third.history.reopen();
  expect(third.tasks.isResumable).toBe(true);
});

test("a run whose calls could not be kept to the end is not gone on with", async () => {
  const first = tab();
  await told(first, say.started("Add"), savePoint({ parts: { a: 1 } }), say.step(1));
  await flushed(first);
  const { id } = first.history;
  const journal = first.library.journal!;
  vi.spyOn(journal as any, "write").mockRejectedValue(
    new DOMException("Full.", "QuotaExceededError"),
  );
  first.session.say(say.printed(1, "more"));
  await vi.waitFor(() => expect(first.problems).toEqual(["storage_full"]));
  await vi.waitFor(async () => expect((await first.library.list())[0]!.run).toBe(null));
  first.library.dispose();
  first.history.dispose();
  const second = tab();

  await second.history.open(id!);

  expect(runs(second)[0]!.phase).toBe("interrupted");
  expect(second.tasks.isResumable).toBe(false);
});

test("a new conversation while another one is opened stays empty", async () => {
  const id = await interrupted();
  const second = tab();

  const opening = second.history.open(id);
  await second.tasks.leave();
  await opening;

  expect(runs(second)).toEqual([]);
  expect(second.history.id).toBe(null);
  expect(second.library.journal).toBe(null);
  expect(second.session.restored).toEqual([]);
  const third = tab();
  await third.history.open(id);
  expect(third.history.follows).toBe(false); // no turn was left behind
});

test("the last of several that are opened one after the other is on screen", async () => {
  const [a, b] = [await interrupted(), await interrupted()];
  const second = tab();

  await Promise.all([second.history.open(a), second.history.open(b)]);

  expect(second.history.id).toBe(b);
  expect(runs(second)).toHaveLength(1);
  expect(second.library.journal!.id).toBe(b);
});

test("a conversation that was left while it began is not the open one", async () => {
  const first = tab();
  void first.tasks.run("Add");
  first.history.leave();
  await vi.waitFor(async () => expect(await first.library.list()).toHaveLength(1));

  expect(first.history.id).toBe(null);
  expect(sessionStorage.getItem("pyagent-conversation")).toBe(null);
});

test("a conversation that is gone leaves neither screen nor agent with another one", async () => {
  const first = tab();
  first.session.saved.parts.set("memory/other", 1);

  await first.history.open("gone");

  expect(runs(first)).toEqual([]);
  expect(first.session.restored.at(-1)!.isEmpty).toBe(true);
  expect(first.history.opening).toBe(null);
});

test("a batch does not begin while a conversation is opened", async () => {
  const id = await interrupted();
  const second = tab();
  const opening = second.history.open(id);

  expect(() => second.tasks.map([{ task: "a" }], {})).toThrow(/being opened/);
  await opening;
});

test("what streamed and was void does not come back, and what was cut off does", async () => {
  const first = tab();
  const thinking = (text: string): Event =>
    ({ ...say.delta(1, text), channel: "reasoning" }) as Event;
  await told(first, say.started("Add"), say.step(1), thinking("VOID"), say.delta(1, "void"));
  first.session.say({ ...say.notice("It broke off."), drops_reply: true } as Event);
  for (const message of [thinking("good"), say.delta(1, "half a re")]) first.session.say(message);
  first.session.say(say.finished({ reason: "cancelled", success: false }));
  const live = () => runs(first)[0]!.steps[0]!;
  await vi.waitFor(() => expect(runs(first)[0]!.phase).toBe("finished"));
  await flushed(first);
  const { id } = first.history;
  first.library.dispose();
  first.history.dispose();

  const second = tab();
  await second.history.open(id!);

  const { reasoning, stream } = runs(second)[0]!.steps[0]!;
  expect([reasoning, stream]).toEqual([live().reasoning, live().stream]);
  expect([reasoning, stream]).toEqual(["good", "half a re"]);
});

test("a second element of the page does not follow the first", async () => {
  const first = tab();
  await told(first, say.started("Add"));
  await flushed(first);
  const second = tab();

  await second.history.reopen();

  expect([second.history.id, second.history.follows]).toEqual([null, false]);
});

test("a tab that follows neither stops nor answers what another one does", async () => {
  const first = tab();
  await told(first, say.started("Add"), say.step(1), say.asked(1, 4, "order", {}));
  await flushed(first);
  const second = tab();
  await second.history.open(first.history.id!);

  second.tasks.stop();
  second.tasks.approve({ run_id: "r1", call_id: 4, allowed: true, reason: "" });

  expect(second.history.follows).toBe(true);
  expect(runs(second)[0]!.phase).toBe("running");
  expect([second.session.stops, second.session.verdicts]).toEqual([0, []]);
  await expect(second.tasks.run("Mine")).rejects.toMatchObject({ kind: "other_tab" });
});

test("a tab that follows shows what is added, and writes when the other has gone", async () => {
  const first = tab();
  await told(first, say.started("Add"), say.step(1));
  await flushed(first);
  const { id } = first.history;
  const second = tab();
  await second.history.open(id!);

  first.session.say(say.printed(1, "more"));
  await vi.waitFor(() => expect(JSON.stringify(runs(second)[0])).toContain("more"));
  first.library.dispose(); // the browser gives its turn back a moment later
  await vi.waitFor(async () => {
    await second.history.open(id!);
    expect(second.history.follows).toBe(false);
  });
});

test("a call of the interrupted step comes back with what is known of its end", async () => {
  const first = tab();
  await told(first, say.started("Add"), savePoint({ parts: { a: 1 } }), say.step(1));
  const made = { type: "tool_call", name: "order", args: [], kwargs: { sku: "a" } } as const;
  await first.session.keepCall({ ...made, args: [], call_id: 1 });
  await first.session.keepCall({ ...made, args: [], call_id: 2 });
  await first.session.keepCall({ type: "tool_return", call_id: 1, value: 9, error: null });
  await flushed(first);
  const { id } = first.history;
  first.library.dispose();
  first.history.dispose();
  const second = tab();

  await second.history.open(id!);

  expect(second.session.saved.open.map(({ is_known, value }) => [is_known, value])).toEqual([
    [true, 9],
    [false, null],
  ]);
});

test("a page whose storage does not open works and says so", async () => {
  vi.stubGlobal("indexedDB", {
    open: () => {
      throw new DOMException("No.", "SecurityError");
    },
  });
  const first = tab();

  const messages = [say.started("Add"), say.step(1), say.ended(1), say.finished({ output: 2 })];
  const { result } = await told(first, ...messages);

  expect(await result).toMatchObject({ output: 2 });
  expect(first.problems).toContain("journal_closed");
});

/** Every later write of these stores fails, as on a full disk; reading goes on. */
async function full({ library }: Tab): Promise<void> {
  const refuse = () => Promise.reject(new DOMException("", "QuotaExceededError"));
  const database = await library.database();
  vi.spyOn(database, "put").mockImplementation(refuse);
  const { transaction } = database;
  vi.spyOn(database, "transaction").mockImplementation(((...args: [never, never]) => {
    const begun = transaction.apply(database, args);
    begun.done.catch(() => undefined);
    const { mode, store } = begun as any;
    if (mode === "readwrite" && store) vi.spyOn(store, "put").mockImplementation(refuse);
    return begun;
  }) as never);
}

test("a conversation that could not begin on a full storage says so until it is left", async () => {
  const first = tab();
  await full(first);

  await told(first, say.started("Add"), say.finished({ output: 2 }));

  expect(first.problems).toEqual(["storage_full"]);
  expect(first.history.notKept?.message).toMatch(/the storage for this site is full/);
  first.history.leave();
  expect(first.history.notKept).toBe(null);
});

test("on a full storage a kept conversation opens, and its run is not gone on with", async () => {
  const id = await interrupted();
  const second = tab();
  await full(second);

  await second.history.open(id);

  expect(runs(second)[0]).toMatchObject({ task: "Add", phase: "interrupted" });
  expect(second.history.notKept?.kind).toBe("storage_full");
  expect(second.tasks.isResumable).toBe(false);
});
