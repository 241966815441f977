import { beforeEach, expect, test, vi } from "vitest";
import type { BatchItem } from "../../../web/src/api/batch";
import { Controller } from "../../../web/src/element/controller";
import { activeRun } from "../../../web/src/element/state/conversation";
import { statusOf } from "../../../web/src/element/state/status";
import { defaultSettings } from "../../../web/src/settings/settings";
import { FakeSession } from "../support/fake_session";
import * as say from "../support/messages";

const TASKS = [{ task: "One" }, { task: "Two", maxSteps: 3 }];

let session: FakeSession;
let controller: Controller;

beforeEach(() => {
  session = new FakeSession();
  const nothing = () => undefined;
  controller = new Controller(
    { requestUpdate: nothing, onMessage: nothing, onProblem: nothing },
    session,
  );
  controller.preferences.settings = { ...defaultSettings, kind: "demo" };
  session.start();
});

/** Starts a batch, which the agent has begun. */
async function begun() {
  const batch = controller.tasks.map(TASKS, { concurrency: 2 });
  await vi.waitFor(() => expect(session.maps.length).toBe(1));
  session.say(say.started("2 tasks"));
  return batch;
}

test("results come as they complete, with the progress, and a summary at the end", async () => {
  const batch = await begun();
  expect(session.maps).toEqual([{ tasks: TASKS, concurrency: 2 }]);
  expect(batch.summary).toMatchObject({ done: 0, answeredRate: 0 });
  const first = batch.next();
  const file = { path: "a.txt", size_bytes: 2, media_type: "text/plain" };
  session.say(
    { ...say.result(1, { output: 2 }), files: [file] },
    new TextEncoder().encode("hi").buffer,
  );
  session.say(say.result(0, { success: false, reason: "limit" }, 2));
  session.say(say.finished());

  const { value } = (await first) as { value: BatchItem };
  expect(value).toMatchObject({ index: 1, task: "Two", done: 1, total: 2, result: { output: 2 } });
  expect(value.result.files).toMatchObject([{ path: "a.txt" }]);
  expect(value.result.files[0]!.blob.size).toBe(2);
  const rest: BatchItem[] = [];
  for await (const item of batch) rest.push(item);
  expect(rest.map(({ task, result }) => [task, result.reason])).toEqual([["One", "limit"]]);
  const { summary } = batch;
  expect(summary).toMatchObject({ done: 2, answered: 2, answeredRate: 1, seconds: 9 });
  expect([summary.counts, summary.tokenUsage.inputTokens]).toEqual([{ answered: 2 }, 1204]);
});

test("the screen shows each task as a working agent, and how many are done", async () => {
  await begun();
  const run = () => activeRun(controller.tasks.conversation)!;
  for (const index of [1, 2]) {
    const parent = { parent_run_id: "r1", parent_call_id: index };
    if (index === 1) session.say(say.step(1));
    session.say(say.called(1, index, "task", {}));
    session.say(say.managed("One", { run_id: `t${index}`, agent: `Task ${index}`, ...parent }));
  }
  expect(statusOf(run())).toBe("0 of 2 tasks done…");
  session.say(say.returned(1, 1, "task", ""));

  expect(statusOf(run())).toBe("1 of 2 tasks done…");
  const agents = run().steps[0]!.items.map((item) => item.kind === "tool" && item.run?.agent);
  expect(agents).toEqual(["Task 1", "Task 2"]);
});

test("leaving the loop stops the remaining tasks, and a new task can start", async () => {
  const batch = await begun();
  session.say(say.result(0));
  const leaving = (async () => {
    for await (const item of batch) return item.task;
    return "";
  })();
  await vi.waitFor(() => expect(session.stops).toBe(1));
  session.say(say.finished({ success: false, reason: "cancelled" }));

  expect(await leaving).toBe("One");
  expect(await batch.next()).toEqual({ done: true, value: undefined });
  void controller.tasks.run("Next");
  await vi.waitFor(() => expect(session.tasks.length).toBe(1));
});

test("leaving the loop waits until the tasks have stopped", async () => {
  const batch = await begun();
  let left = false;
  const leaving = batch.return().then(() => (left = true));
  await new Promise((resolve) => setTimeout(resolve));

  expect([session.stops, left]).toEqual([1, false]);
  session.say(say.finished({ success: false, reason: "cancelled" }));
  await leaving;
});

test("a batch that is over stops nothing", async () => {
  const batch = await begun();
  session.say(say.finished());
  expect(await batch.next()).toMatchObject({ done: true });
  void controller.tasks.run("Next");
  await vi.waitFor(() => expect(session.tasks.length).toBe(1));

  batch.stop();
  await batch.return();

  expect(session.stops).toBe(0);
  expect(activeRun(controller.tasks.conversation)?.phase).toBe("waiting");
});

test("a batch that cannot begin rejects with the problem", async () => {
  const batch = await begun();
  session.say(
    say.finished({
      success: false,
      reason: "error",
      problem: { kind: "no_model", message: "No model is chosen.", advice: "" },
    }),
  );

  await expect(batch.next()).rejects.toMatchObject({ kind: "no_model" });
});

test("a batch is refused while another batch or a task runs", async () => {
  await begun();

  expect(() => controller.tasks.map(TASKS, {})).toThrow("A task is running.");
  await expect(controller.tasks.run("Now")).rejects.toMatchObject({ kind: "busy" });
});
