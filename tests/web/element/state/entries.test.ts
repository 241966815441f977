// @vitest-environment node
/** A kept conversation comes back as it was. */
import { expect, test } from "vitest";
import {
  activeRun,
  emptyConversation,
  interruptedRun,
  reduce,
  type Action,
  type Conversation,
} from "../../../../web/src/element/state/conversation";
import { callEntry, entryOf, sizeOf, toldBy } from "../../../../web/src/element/state/entries";
import type { Event, ToolCall, ToolReturn } from "../../../../web/src/protocol";
import { ProtocolError } from "../../../../web/src/wire";
import * as say from "../../support/messages";

const event = (message: Event, ...buffers: ArrayBuffer[]): Action => ({
  type: "event",
  event: message,
  buffers,
});
const task: Action = {
  type: "submitted",
  key: 3,
  task: "Add",
  files: [],
  model: "m",
  batch: false,
};

/** The conversation after the actions, and the one that its entries give. */
async function both(actions: Action[]): Promise<[Conversation, Conversation]> {
  const entries = actions.map((action) => entryOf(action, {})).filter((entry) => entry !== null);
  const kept = structuredClone(entries).map((entry) => {
    const told = toldBy(entry);
    if (!("action" in told)) throw new Error("no action");
    return told.action;
  });
  return [actions.reduce(reduce, emptyConversation), kept.reduce(reduce, emptyConversation)];
}

const withoutBlobs = (conversation: Conversation) =>
  JSON.parse(
    JSON.stringify(conversation, (_, value: unknown) =>
      value instanceof Map ? [...value] : value,
    ),
  ) as unknown;

test("every kind of event comes back", async () => {
  const file = { path: "a.txt", media_type: "text/plain", size_bytes: 2 };
  const [shown, kept] = await both([
    task,
    event(say.started("Add")),
    event(say.step(1)),
    event(say.replied(1, "I add.", "1 + 1")),
    event(
      { type: "file_produced", run_id: "r1", step: 1, file },
      new Uint8Array([104, 105]).buffer,
    ),
    event(say.ended(1)),
    event(say.finished({ output: 2 })),
  ]);

  expect(withoutBlobs(kept)).toEqual(withoutBlobs(shown));
  expect(await kept.runs[0]!.produced[0]!.blob.text()).toBe("hi");
});

test("a run that had not ended is interrupted, and takes no more events until it is resumed", () => {
  const before = [
    task,
    event(say.started("Add")),
    event(say.step(1)),
    event(say.ended(1)),
    event(say.step(2)),
  ];
  const interrupted = [...before, { type: "interrupted" } as Action].reduce(
    reduce,
    emptyConversation,
  );

  expect(activeRun(interrupted)).toBe(null);
  expect(interruptedRun(interrupted)!.steps.map(({ phase }) => phase)).toEqual([
    "done",
    "interrupted",
  ]);
  expect(reduce(interrupted, event(say.step(3)))).toBe(interrupted);

  const resumed = [
    { type: "resuming" } as Action,
    event({ type: "run_resumed", run_id: "r1", step: 1, lost: { lock: "it cannot be pickled" } }),
    event(say.step(2)),
    event(say.ended(2)),
  ].reduce(reduce, interrupted);
  expect(activeRun(resumed)!.steps.map(({ number, phase }) => [number, phase])).toEqual([
    [1, "done"],
    [2, "interrupted"],
    [2, "done"],
  ]);
  expect(activeRun(resumed)!.notices[0]!.message).toContain("lock");
});

test("a task that is begun again leaves nothing of its first attempt open", () => {
  const events = [say.started("Add"), say.step(1), say.started("Add"), say.step(1)];
  const again = [task, ...events.map((one) => event(one))].reduce(reduce, emptyConversation);
  expect(activeRun(again)!.steps.map(({ number, phase }) => [number, phase])).toEqual([
    [1, "interrupted"],
    [1, "asking"],
  ]);
});

test("a step that had ended but was not kept is void after the run is resumed", () => {
  const run = [
    task,
    event(say.started("Add")),
    event(say.step(1)),
    event(say.ended(1)),
    { type: "interrupted" } as Action,
    { type: "resuming" } as Action,
    event({ type: "run_resumed", run_id: "r1", step: 0, lost: {} }),
  ].reduce(reduce, emptyConversation).runs[0]!;

  expect(run.steps[0]!.phase).toBe("interrupted");
});

test("values that the browser cannot keep do not cost the task", () => {
  const entry = entryOf(task, { args: { call: () => 1 }, maxSteps: 4 });

  expect(structuredClone(entry)).toMatchObject({ given: { files: [], maxSteps: 4 } });
});

test("a call and its end come back", () => {
  const call: ToolCall = {
    type: "tool_call",
    call_id: 1,
    name: "order",
    args: [],
    kwargs: { sku: "a" },
  };

  expect(toldBy(callEntry(call))).toEqual({ call });
  const returned: ToolReturn = { type: "tool_return", call_id: 1, value: 5, error: null };
  expect(toldBy(callEntry(returned))).toEqual({ returned });
});

test.each([
  [null],
  ["text"],
  [{}],
  [{ kind: "unknown" }],
  [{ kind: "event", text: "{", buffers: [] }],
  [{ kind: "event", text: '{"type": "agent_ready", "version": "1"}', buffers: [] }],
  [{ kind: "event", text: '{"type": "step_started", "run_id": "r", "step": "one"}' }],
  [{ kind: "task", key: "1", task: "t", model: "", batch: false, files: [] }],
  [{ kind: "task", key: 1, task: "t", model: "", batch: false, files: "no" }],
  [{ kind: "ended", key: 1, text: '{"type": "cleared"}' }],
  [{ kind: "call", text: '{"type": "cleared"}' }],
  [{ kind: "approved", runId: 5, callId: 1 }],
])("a damaged entry is refused: %j", (entry) => {
  expect(() => toldBy(entry)).toThrow();
});

const kept = {
  kind: "task",
  key: 1,
  task: "Add",
  model: "m",
  batch: false,
  files: [{ path: "a.txt", size_bytes: 2, media_type: "text/plain" }],
  given: { files: [new File(["hi"], "a.txt")], args: { n: 1 }, maxSteps: 5 },
};

test("a task comes back with what was given", () => {
  expect(toldBy(kept)).toEqual({
    action: {
      type: "submitted",
      key: 1,
      task: "Add",
      model: "m",
      batch: false,
      files: kept.files,
    },
    given: kept.given,
  });
  const { given: _, ...without } = kept;
  expect(toldBy(without)).toMatchObject({ given: {} });
});

test.each([
  ["a list of nothing", { files: [null] }],
  ["a file without a size", { files: [{ path: "a.txt", media_type: "" }] }],
  ["a file with a text for its size", { files: [{ ...kept.files[0], size_bytes: "2" }] }],
  ["no list of files", { files: { length: 1 } }],
  ["a number for the files that were given", { given: { files: 7 } }],
  ["a text among the files that were given", { given: { files: ["a.txt"] } }],
  ["a file without a name", { given: { files: [new Blob(["hi"])] } }],
  ["values that are a list", { given: { args: [1] } }],
  ["values that are none", { given: { args: null } }],
  ["half a step", { given: { maxSteps: 1.5 } }],
  ["a text that was given", { given: "files" }],
  ["nothing that was given", { given: null }],
  ["a key beyond the safe integers", { key: 1e308 }],
  ["half a key", { key: 0.5 }],
])("a task with %s is damaged", (_, change) => {
  expect(() => toldBy({ ...kept, ...change })).toThrow(ProtocolError);
});

test.each([
  { kind: "replied", runId: "r1", callId: Number.NaN },
  { kind: "approved", runId: "r1", callId: 1, allowed: "yes" },
  { kind: "ended", key: 1e308, text: JSON.stringify(say.finished()) },
])("an entry with a field of another kind is damaged: %j", (entry) => {
  expect(() => toldBy(entry)).toThrow(ProtocolError);
});

test("the size of an entry counts long calls, values and files", () => {
  const call: ToolCall = {
    type: "tool_call",
    call_id: 1,
    name: "f",
    args: ["x".repeat(900)],
    kwargs: {},
  };
  const back: ToolReturn = { type: "tool_return", call_id: 1, value: "y".repeat(800), error: null };
  expect(sizeOf(callEntry(call))).toBeGreaterThan(900);
  expect(sizeOf(callEntry(back))).toBeGreaterThan(800);
  const given = { files: [new File(["z".repeat(70)], "z")], args: { v: "v".repeat(600) } };
  expect(sizeOf(entryOf(task, given)!)).toBeGreaterThan(670);

  const loop: Record<string, unknown> = { big: 1n };
  loop["again"] = loop;
  expect(sizeOf(entryOf(task, { args: loop })!)).toBe("Add".length);
});
