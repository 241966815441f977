import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Work } from "../../../web/src/agent/work";
import type { RunFinished, ToAgent } from "../../../web/src/protocol";
import { dumps } from "../../../web/src/wire";
import * as say from "../support/messages";

let sent: ToAgent[];
let free: PromiseWithResolvers<void>;
let work: Work;
let deaf: RunFinished[];

beforeEach(() => {
  sent = [];
  deaf = [];
  free = Promise.withResolvers();
  const send = (message: ToAgent) => {
    dumps(message, "ToAgent");
    sent.push(message);
  };
  work = new Work(
    send,
    () => free.promise,
    (ended) => {
      deaf.push(ended);
      work.ended(ended);
    },
  );
});
afterEach(() => vi.useRealTimers());

const types = () => sent.map(({ type }) => type);

/** A file whose reading ends when the test says so. */
function slowFile() {
  const reading = Promise.withResolvers<ArrayBuffer>();
  const file = { name: "a.csv", size: 3, type: "", arrayBuffer: () => reading.promise };
  return { file: file as unknown as File, read: () => reading.resolve(new ArrayBuffer(3)) };
}

test("a task is sent to the agent and ends with the message that has its id", async () => {
  free.resolve();
  const result = work.run("r1", "Add", { args: { a: 1 } });
  await vi.waitFor(() => expect(types()).toEqual(["start_run"]));
  expect(sent[0]).toMatchObject({ task: "Add", additional_args: { a: 1 }, max_steps: null });

  work.ended(say.finished({ run_id: "other" }));
  work.stop();
  expect(sent[1]).toEqual({ type: "stop_run", run_id: work.id });
  work.ended(say.finished({ run_id: work.id!, output: 2 }));

  expect((await result).output).toBe(2);
  expect(work.id).toBe(null);
});

test("stop while files are being read ends the task, which the agent never sees", async () => {
  free.resolve();
  const { file, read } = slowFile();
  const result = work.map([{ task: "One", files: [file] }], {});
  await free.promise;

  work.stop();

  expect(await result).toMatchObject({ success: false, reason: "cancelled" });
  read();
  void work.run("r1", "Next", {});
  await vi.waitFor(() => expect(types()).toEqual(["start_run"]));
});

test("an agent that does not hear a stop within a second is given up, and the task ends", async () => {
  free.resolve();
  const result = work.run("r1", "Hang", {});
  await vi.waitFor(() => expect(types()).toEqual(["start_run"]));
  vi.useFakeTimers();
  work.stop();
  vi.advanceTimersByTime(999);
  expect(deaf).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(await result).toMatchObject({ success: false, reason: "cancelled" });
  expect(deaf.length).toBe(1);
  expect(work.id).toBe(null);
});

test.each(["hears the stop", "ends the task"])("an agent that %s is kept", async (how) => {
  free.resolve();
  const result = work.run("r1", "Stop me", {});
  await vi.waitFor(() => expect(types()).toEqual(["start_run"]));
  vi.useFakeTimers();
  const ended = say.finished({ run_id: work.id!, reason: "cancelled" });
  work.stop();
  vi.advanceTimersByTime(900);
  if (how === "hears the stop") work.heard();
  else work.ended(ended);
  vi.advanceTimersByTime(60_000);
  expect(deaf).toEqual([]);
  work.ended(ended);
  await result;
});

test("stop ends a task that waits for an agent", async () => {
  const result = work.run("r1", "Add", {});

  work.stop();

  expect((await result).reason).toBe("cancelled");
  free.resolve();
  await free.promise;
  expect(sent).toEqual([]);
});

test("a task that cannot be sent rejects with advice", async () => {
  free.resolve();
  const result = work.run("r1", "Add", { args: { big: 1n } });
  await expect(result).rejects.toMatchObject({ kind: "bad_task" });
  await expect(work.map([], { concurrency: 1.5 })).rejects.toThrow("start_batch.concurrency");
});

test("a second task is refused while one runs", async () => {
  void work.run("r1", "Add", {});
  await expect(work.run("r1", "Again", {})).rejects.toMatchObject({ kind: "busy" });
});
