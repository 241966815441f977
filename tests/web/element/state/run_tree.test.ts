/** Tests plans, questions, and managed agents' runs inside the calls that started them. */
import { expect, test } from "vitest";
import {
  emptyConversation,
  reduce,
  type Action,
} from "../../../../web/src/element/state/conversation";
import type { ToolItem, ManagedRun, TaskRun } from "../../../../web/src/element/state/run";
import { questionsIn, statusOf } from "../../../../web/src/element/state/status";
import { STEP_ITEMS } from "../../../../web/src/element/state/step_reducer";
import type { Event } from "../../../../web/src/protocol";
import * as say from "../../support/messages";

const begun: Action[] = [
  { type: "submitted", key: 1, task: "Go", files: [], model: "m", batch: false },
];

function after(...actions: (Action | Event)[]): TaskRun {
  const whole = [...begun, ...actions.map(actionOf)];
  return whole.reduce(reduce, emptyConversation).runs[0]!;
}

function actionOf(action: Action | Event): Action {
  return "run_id" in action ? { type: "event", event: action, buffers: [] } : action;
}

function calls(run: { steps: TaskRun["steps"] }): ToolItem[] {
  return run.steps.flatMap(({ items }) => items).filter((item) => item.kind === "tool");
}

function research(id: string, parent_run_id: string, parent_call_id: number): Event {
  return say.managed(`Task of ${id}`, {
    run_id: id,
    agent: "research",
    parent_run_id,
    parent_call_id,
  });
}

const twoAtOnce: Event[] = [
  say.started("Go"),
  say.step(1),
  say.called(1, 1, "research", { task: "a" }),
  say.called(1, 2, "research", { task: "b" }),
  research("a", "r1", 1),
  research("b", "r1", 2),
  say.of("b", say.step(1)),
  say.of("a", say.step(1)),
  say.of("a", say.delta(1, "I look.")),
];

test("managed agents that work at once are in their calls, in the order of the calls", () => {
  const [a, b] = calls(after(...twoAtOnce)).map(({ run }) => run!);

  expect([a!.task, b!.task]).toEqual(["Task of a", "Task of b"]);
  expect([a!.steps[0]!.stream, b!.steps[0]!.stream]).toEqual(["I look.", ""]);
});

test("a managed agent may have its own managed agents", () => {
  const run = after(
    ...twoAtOnce,
    say.of("a", say.called(1, 1, "research", { task: "c" })),
    research("c", "a", 1),
    say.of("c", say.step(1)),
    say.of("c", say.finished({ run_id: "c", output: "deep" })),
  );

  const inner = calls(calls(run)[0]!.run!)[0]!.run as ManagedRun;
  expect(inner).toMatchObject({ phase: "finished", agent: "research", result: { output: "deep" } });
  expect(calls(run)[0]!.run!.phase).toBe("running");
});

test("the end of a managed agent's run does not end the person's run", () => {
  const run = after(...twoAtOnce, say.of("a", say.finished({ output: 1 })));

  expect(run.phase).toBe("running");
  expect(calls(run)[0]!.run!.result?.output).toBe(1);
});

test("a run without a call is left out", () => {
  const run = after(...twoAtOnce);

  const later = after(...twoAtOnce, research("x", "unknown", 1), say.of("x", say.step(1)));

  expect(later).toEqual(run);
});

test("a managed agent's events leave its neighbour's run alone", () => {
  const before = calls(after(...twoAtOnce));
  const state = [...begun, ...twoAtOnce.map(actionOf)].reduce(reduce, emptyConversation);
  const [a, b] = calls(state.runs[0]!);

  const next = reduce(state, actionOf(say.of("a", say.delta(1, "!"))));

  expect(before.length).toBe(2);
  expect(calls(next.runs[0]!)[0]).not.toBe(a);
  expect(calls(next.runs[0]!)[1]).toBe(b);
});

test("stopping a run ends everything that is open in it", () => {
  const stopped = say.finished({ success: false, reason: "cancelled" });
  const run = after(...twoAtOnce, say.of("a", say.asked(1, 9, "send", {})), stopped);

  expect(calls(run).map(({ stopped, run }) => [stopped, run?.phase])).toEqual([
    [true, "finished"],
    [true, "finished"],
  ]);
  expect(questionsIn(run)).toEqual([]);
});

const asking: Event[] = [
  say.started("Go"),
  say.step(1),
  say.called(1, 4, "send", { to: "Ann" }),
  say.asked(1, 4, "send", { to: "Ann" }),
];

test("a question waits until the person decides", () => {
  expect(statusOf(after(...asking))).toBe("Waiting for your permission: send");
  expect(questionsIn(after(...asking))).toMatchObject([{ runId: "r1", callId: 4 }]);

  const refused = after(...asking, { type: "approved", runId: "r1", callId: 4, allowed: false });

  expect(questionsIn(refused)).toEqual([]);
  expect(calls(refused)[0]).toMatchObject({ approval: "refused", seconds: null });
});

test("several questions wait at the same time, and the status counts them", () => {
  const run = after(
    ...twoAtOnce,
    ...["a", "b"].flatMap((id) => [
      say.of(id, say.called(1, 7, "send", { to: id })),
      say.of(id, say.asked(1, 7, "send", { to: id })),
    ]),
  );

  expect(statusOf(run)).toBe("Waiting for your permission: send and 1 more");
  expect(questionsIn(run).map(({ args }) => args)).toEqual([{ to: "a" }, { to: "b" }]);
});

test("a managed agent's question belongs to the whole run", () => {
  const run = after(
    ...twoAtOnce,
    say.of("b", say.called(1, 7, "send", {})),
    say.of("b", say.asked(1, 7, "send", {})),
  );

  expect(questionsIn(run)).toMatchObject([{ runId: "b", callId: 7 }]);
});

test("a call that waits for the person is shown beyond the limit of a step", () => {
  const many = Array.from({ length: STEP_ITEMS + 1 }, (_, at) =>
    say.called(1, at + 10, "read", {}),
  );
  const run = after(
    ...[say.started("Go"), say.step(1), ...many],
    ...[say.called(1, 1, "research", {}), research("a", "r1", 1), say.of("a", say.step(1))],
    ...[say.of("a", say.called(1, 7, "send", {})), say.of("a", say.asked(1, 7, "send", {}))],
    ...[say.called(1, 2, "send", { to: "Ann" }), say.asked(1, 2, "send", { to: "Ann" })],
  );

  expect(questionsIn(run)).toMatchObject([
    { runId: "a", callId: 7 },
    { runId: "r1", callId: 2, args: { to: "Ann" } },
  ]);
  expect(run.steps[0]!.hiddenItems).toBe(1);
});

test("all tasks of a large batch are counted", () => {
  const tasks = Array.from({ length: STEP_ITEMS + 2 }, (_, at) => [
    say.called(1, at, "task", {}),
    research(`t${at}`, "r1", at),
    say.of(`t${at}`, say.finished()),
    say.returned(1, at, "task", ""),
  ]);
  const batch: Action = { ...begun[0]!, task: "900 tasks", batch: true } as Action;
  const actions = [say.started("900 tasks"), say.step(1), ...tasks.flat()].map(actionOf);
  const run = [batch, ...actions].reduce(reduce, emptyConversation).runs[0]!;

  expect(statusOf(run)).toBe("302 of 900 tasks done…");
});

test("a plan comes before its step and belongs to it", () => {
  const planning = [say.started("Go"), say.delta(1, "1. Lo", "plan"), say.delta(1, "ok", "plan")];
  expect(after(...planning).steps).toMatchObject([
    { number: 1, phase: "planning", plan: { text: "1. Look", seconds: null } },
  ]);
  expect(statusOf(after(...planning))).toBe("Making a plan…");

  const run = after(...planning, say.planned(1, "1. Look."), say.step(1), say.delta(1, "Now"));

  expect(run.steps).toMatchObject([
    { number: 1, phase: "asking", plan: { text: "1. Look.", seconds: 2.1 }, stream: "Now" },
  ]);
});

test("each plan has its own step", () => {
  const run = after(
    say.started("Go"),
    say.planned(1, "First."),
    say.step(1),
    say.ended(1),
    say.planned(2, "Then."),
    say.step(2),
  );

  expect(run.steps.map(({ number, plan }) => [number, plan?.text])).toEqual([
    [1, "First."],
    [2, "Then."],
  ]);
});
