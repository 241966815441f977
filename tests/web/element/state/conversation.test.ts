import { expect, test } from "vitest";
import {
  activeRun,
  emptyConversation,
  reduce,
  type Action,
  type Conversation,
} from "../../../../web/src/element/state/conversation";
import { OUTPUT_CHARS, STEP_ITEMS } from "../../../../web/src/element/state/step_reducer";
import { noticesOf, stepsOf } from "../../../../web/src/element/state/shown_steps";
import { statusOf } from "../../../../web/src/element/state/status";
import type { Event } from "../../../../web/src/protocol";
import * as say from "../../support/messages";

const submitted: Action = {
  type: "submitted",
  key: 7,
  task: "Add",
  files: [],
  model: "m",
  batch: false,
};

function after(...events: Event[]): Conversation {
  const begun = reduce(emptyConversation, submitted);
  return events.reduce(
    (state, event) => reduce(state, { type: "event", event, buffers: [] }),
    begun,
  );
}

function lastStep(state: Conversation) {
  return state.runs.at(-1)!.steps.at(-1)!;
}

test("a task is on screen before the agent has begun", () => {
  const state = reduce(emptyConversation, submitted);

  expect(activeRun(state)).toMatchObject({ task: "Add", phase: "waiting", id: null });
});

test("pieces of a reply add up until the whole reply replaces them", () => {
  const pieces = [say.started("Add"), say.step(1), say.delta(1, "I ad"), say.delta(1, "d.")];

  expect(lastStep(after(...pieces)).stream).toBe("I add.");
  expect(lastStep(after(...pieces, say.replied(1, "I add.", "1+1")))).toMatchObject({
    thought: "I add.",
    code: "1+1",
    phase: "executing",
  });
});

test("output of one stream is one block and a change of stream starts another", () => {
  const state = after(
    say.started("Add"),
    say.step(1),
    say.printed(1, "a"),
    say.printed(1, "b"),
    say.printed(1, "c", "stderr"),
  );

  expect(lastStep(state).items).toMatchObject([
    { stream: "stdout", text: "ab" },
    { stream: "stderr", text: "c" },
  ]);
});

test("endless output keeps its end and counts what was dropped", () => {
  const chunk = "x".repeat(OUTPUT_CHARS);
  const state = after(
    say.started("Add"),
    say.step(1),
    say.printed(1, chunk),
    say.printed(1, chunk),
    say.printed(1, "end"),
  );

  const [item] = lastStep(state).items;
  expect(item).toMatchObject({ kind: "output", dropped: OUTPUT_CHARS });
  expect(item?.kind === "output" && item.text.endsWith("end")).toBe(true);
});

test("results beyond the limit of a step are counted, not kept", () => {
  const many = Array.from({ length: STEP_ITEMS + 5 }, () => say.shown(1, { "text/plain": "x" }));

  const step = lastStep(after(say.started("Add"), say.step(1), ...many));

  expect(step.items.length).toBe(STEP_ITEMS);
  expect(step.hiddenItems).toBe(5);
});

test("a tool call is one item from its start to its end", () => {
  const state = after(
    say.started("Add"),
    say.step(1),
    say.called(1, 4, "search", { query: "x" }),
    say.called(1, 5, "search", { query: "y" }),
    say.returned(1, 5, "search", "found"),
  );

  expect(lastStep(state).items).toMatchObject([
    { callId: 4, seconds: null },
    { callId: 5, preview: "found", seconds: 0.4 },
  ]);
});

test("the newest version of a file replaces the older one", async () => {
  const file = { path: "a.csv", size_bytes: 3, media_type: "text/csv" };
  const events = [say.started("Add"), say.step(1)];
  const begun = after(...events);
  const write = (state: Conversation, text: string) =>
    reduce(state, {
      type: "event",
      event: say.made(1, file),
      buffers: [new TextEncoder().encode(text).buffer],
    });

  const { produced } = write(write(begun, "old"), "new").runs[0]!;

  expect(produced.length).toBe(1);
  expect(await produced[0]!.blob.text()).toBe("new");
});

test("a message of another run changes nothing", () => {
  const state = after(say.started("Add"), say.step(1));
  const late = { ...say.delta(1, "late"), run_id: "r0" } as Event;

  expect(reduce(state, { type: "event", event: late, buffers: [] })).toBe(state);
});

test("nothing follows the end of a run", () => {
  const state = after(say.started("Add"), say.finished({ output: 2 }));

  const later = reduce(state, { type: "event", event: say.step(2), buffers: [] });

  expect(later).toBe(state);
  expect(activeRun(state)).toBe(null);
});

test("a late end of a cleared run does not end the next run", () => {
  const next = { ...submitted, key: 8 };
  const state = reduce(emptyConversation, next);

  const result = say.finished();

  expect(reduce(state, { type: "ended", key: 7, result })).toBe(state);
  expect(activeRun(reduce(state, { type: "ended", key: 8, result }))).toBe(null);
});

test("unchanged parts keep their identity", () => {
  const before = after(say.started("Add"), say.step(1), say.ended(1), say.step(2));

  const [first] = reduce(before, { type: "event", event: say.delta(2, "x"), buffers: [] }).runs;

  expect(first!.steps[0]).toBe(before.runs[0]!.steps[0]);
  expect(first!.steps[1]).not.toBe(before.runs[0]!.steps[1]);
});

const busy = (inS: number) => say.notice(`Busy (429). Trying again in ${inS} s.`, "warning", inS);

test("failed requests in a row are one notice, which counts them and says when the next one is", () => {
  const state = after(say.started("Add"), say.step(1), busy(1), busy(2), busy(4));

  expect(lastStep(state).items).toEqual([
    {
      kind: "notice",
      level: "warning",
      message: "Busy (429).",
      retry: { inS: 4, times: 3, over: false },
    },
  ]);
});

test("what streamed of a reply that broke off is dropped", () => {
  const broken = { ...say.notice("It broke off.", "warning", 1), drops_reply: true } as Event;
  const begun = [say.started("Add"), say.step(1), say.delta(1, "Hm", "reasoning")];
  const state = after(...begun, say.delta(1, "I ad"), broken, say.delta(1, "I add"));

  expect(lastStep(state)).toMatchObject({ stream: "I add", reasoning: "" });
});

test("what streamed of a plan that broke off is dropped", () => {
  const broken = { ...say.notice("It broke off.", "warning", 1), drops_reply: true } as Event;
  const state = after(say.started("Add"), say.delta(1, "1. Ad", "plan"), broken);

  expect(lastStep(state).plan).toEqual({ text: "", seconds: null });
});

const run_id = say.started("Add").run_id;
const lost = say.paused("No network.");
const back = (reason: "offline" | "asleep"): Event => {
  return { type: "pause_ended", run_id, reason, message: "It is back.", seconds: 9 };
};

test("a run is paused until it goes on, which a notice tells", () => {
  const paused = after(say.started("Add"), say.step(1), lost);
  expect(activeRun(paused)!.pauses).toEqual(new Map([[run_id, "No network."]]));
  expect(statusOf(activeRun(paused)!)).toBe("Paused");

  const on = after(say.started("Add"), say.step(1), lost, back("offline"));
  expect(activeRun(on)!.pauses.size).toBe(0);
  expect(lastStep(on).items).toMatchObject([{ kind: "notice", message: "It is back." }]);
});

test("a sleep of the tab does not end a pause for the network", () => {
  const state = after(say.started("Add"), say.step(1), lost, back("asleep"));

  expect(activeRun(state)!.pauses.size).toBe(1);
});

test.each([
  ["the model has a problem", [say.notice("Busy.")]],
  ["the run ends", [say.finished({ success: false, reason: "error" })]],
])("a pause ends when %s", (_, events) => {
  const state = after(say.started("Add"), say.step(1), lost, ...events);

  expect(state.runs[0]!.pauses.size).toBe(0);
});

test.each([
  ["the model writes", [say.delta(1, "I")]],
  ["the model thinks", [say.delta(1, "I", "reasoning")]],
  ["the model has replied", [say.replied(1, "I add.", "")]],
  ["the next step begins", [say.ended(1), say.step(2)]],
  ["a plan begins", [say.delta(2, "1. Add", "plan")]],
  ["the run ends", [say.finished({ success: false, reason: "error" })]],
])("the countdown ends when %s", (_, events) => {
  const state = after(say.started("Add"), say.step(1), busy(1), ...events);

  expect(state.runs[0]!.steps[0]!.items).toMatchObject([{ retry: { times: 1, over: true } }]);
});

test("a request that fails later has its own notice, and so has another warning", () => {
  const state = after(
    say.started("Add"),
    say.step(1),
    busy(1),
    say.delta(1, "I"),
    busy(2),
    say.notice("The memory was shortened."),
    busy(3),
  );

  expect(lastStep(state).items.map((item) => "retry" in item && item.retry?.inS)).toEqual([
    1,
    2,
    undefined,
    3,
  ]);
});

test("failed requests for the first plan are one notice of the run", () => {
  const waiting = after(say.started("Add"), busy(1), busy(2));
  expect(waiting.runs[0]!.notices).toMatchObject([{ retry: { times: 2, over: false } }]);

  const planning = after(say.started("Add"), busy(1), busy(2), say.delta(1, "1. Add", "plan"));
  expect(planning.runs[0]!.notices).toMatchObject([{ retry: { times: 2, over: true } }]);
});

test("a run that failed before the model said anything shows no empty step but its notices", () => {
  const failed = after(
    say.started("Add"),
    say.step(1),
    busy(1),
    say.finished({ success: false, reason: "error" }),
  ).runs[0]!;

  expect(stepsOf(failed)).toEqual([]);
  expect(noticesOf(failed)).toMatchObject([{ message: "Busy (429)." }]);
});

test.each([
  ["while it runs", [say.step(1)], 1],
  ["with a plan", [say.planned(1, "1. Add"), say.step(1), say.finished()], 1],
  ["with text", [say.step(1), say.delta(1, "I"), say.finished()], 1],
  ["with reasoning", [say.step(1), say.delta(1, "I", "reasoning"), say.finished()], 1],
  ["with output", [say.step(1), say.printed(1, "1"), say.finished()], 1],
  ["after a full one", [say.step(1), say.delta(1, "I"), say.step(2), say.finished()], 1],
])("a step %s is shown", (_, events, count) => {
  expect(stepsOf(after(say.started("Add"), ...events).runs[0]!).length).toBe(count);
});

test("a notice before the first step belongs to the run, a later one to its step", () => {
  const state = after(say.started("Add"), say.notice("early"), say.step(1), say.notice("late"));

  expect(state.runs[0]!.notices).toMatchObject([{ message: "early" }]);
  expect(lastStep(state).items).toMatchObject([{ kind: "notice", message: "late" }]);
});

test.each([
  ["the run itself", run_id],
  ["a managed agent's run", "r2"],
])("an interruption ends the pause of %s for good", (_, id) => {
  const paused = [
    say.started("Add"),
    say.step(1),
    say.called(1, 1, "helper", {}),
    say.managed("Help", {
      run_id: "r2",
      agent: "helper",
      parent_run_id: run_id,
      parent_call_id: 1,
    }),
    say.of(id, say.paused("No network.")),
  ];
  const before = after(...paused);
  expect(activeRun(before)!.pauses.size).toBe(1);

  const interrupted = reduce(before, { type: "interrupted" });
  expect(interrupted.runs[0]!.pauses.size).toBe(0);

  // What an older page kept of it.
  const resumed = [
    ...paused,
    { type: "run_resumed", run_id, step: 0, lost: {} } as unknown as Event,
  ];
  expect(after(...resumed).runs[0]!.pauses.size).toBe(0);
});

test("a step has the variables that its code set", () => {
  const set = { total: "3" };
  const state = after(say.started("Add"), say.step(1), say.ended(1, {}, set));
  expect(lastStep(state).variables).toEqual(set);

  const { variables: _, ...earlier } = say.ended(1) as unknown as Record<string, unknown>;
  const kept = after(say.started("Add"), say.step(1), earlier as unknown as Event);
  expect(lastStep(kept).variables).toEqual({});
});
