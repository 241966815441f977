// @vitest-environment node
/** What a new agent is given to go on. */
import { expect, test } from "vitest";
import { SavedState } from "../../../web/src/api/saved_state";
import type { FromAgent } from "../../../web/src/protocol";
import { savePoint } from "../support/fake_storage";

const step = (number: number, run_id = "r1"): FromAgent => ({
  type: "step_started",
  run_id,
  step: number,
  is_last_answer: false,
});
const call = (call_id: number, sku: string): FromAgent => ({
  type: "tool_call",
  call_id,
  name: "order",
  args: [],
  kwargs: { sku },
});

function stateAfter(...messages: FromAgent[]): SavedState {
  const state = new SavedState();
  state.begin("r1", 7);
  for (const message of messages) state.take(message, []);
  return state;
}

test("the calls of the interrupted step are kept, with what is known of their end", () => {
  const state = stateAfter(savePoint(), step(1), call(1, "a"), savePoint({ step: 1 }), step(2));
  state.take(call(2, "b"), []);
  state.take(call(3, "c"), []);
  state.returned({ type: "tool_return", call_id: 2, value: "done", error: null });

  expect(state.open).toEqual([
    { name: "order", args: [], kwargs: { sku: "b" }, is_known: true, value: "done", error: null },
    { name: "order", args: [], kwargs: { sku: "c" }, is_known: false, value: null, error: null },
  ]);
  expect(state.run).toEqual({ id: "r1", step: 1, maxSteps: 7 });
});

test("a call that came before the save point of the step before is not forgotten", () => {
  const state = stateAfter(savePoint(), step(1), step(2), call(4, "late"), savePoint({ step: 1 }));

  expect(state.open.map(({ kwargs }) => kwargs)).toEqual([{ sku: "late" }]);
});

test("a step whose variables were not kept is done again, so its calls count", () => {
  const state = stateAfter(savePoint(), step(1), call(1, "one"), step(2), call(2, "two"));

  expect(state.open.map(({ kwargs }) => kwargs)).toEqual([{ sku: "one" }, { sku: "two" }]);
});

test("steps of managed agents do not count", () => {
  const state = stateAfter(savePoint({ step: 3 }), step(4), step(1, "r2"), call(1, "inner"));

  expect(state.open).toHaveLength(1);
});

test("a run that has ended leaves nothing to resume", () => {
  const state = stateAfter(
    savePoint(),
    step(1),
    call(1, "a"),
    savePoint({ step: 1, is_over: true }),
  );

  expect([state.run, state.open]).toEqual([null, []]);
});

test("what an earlier run sends late says nothing of the task after it", () => {
  const state = stateAfter(savePoint());
  const file = new File(["1"], "a.csv");
  state.begin("r2", null, [file]);
  state.take(savePoint({ step: 3, is_over: true }), []);
  expect([state.files, state.hasBegun]).toEqual([[[]], false]);

  state.take(savePoint({ run_id: "r2" }), []);
  expect([state.files, state.hasBegun]).toEqual([[[], [file]], true]);
});

test("the files of a task count once it has begun, so that they are not given twice", () => {
  const state = new SavedState();
  const file = new File(["1"], "a.csv");
  state.begin("r1", null, [file]);
  expect(state.files).toEqual([]);

  state.take(savePoint(), []);
  state.take(savePoint({ step: 1 }), []);

  expect(state.files).toEqual([[file]]);
});
