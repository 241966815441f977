import { expect, test } from "vitest";

import { PageModel } from "../../../web/src/agent/page_model";
import { SessionError } from "../../../web/src/api/error";
import { noUsage } from "../../../web/src/api/not_run";
import type { LocalModel } from "../../../web/src/models/local";
import type { PageModelPrepare, PageModelRequest, ToAgent } from "../../../web/src/protocol";

const request: PageModelRequest = {
  type: "page_model_request",
  request_id: 3,
  messages: [{ role: "user", content: "Hi" }],
  stop: [],
  max_tokens: null,
  temperature: null,
  schema: null,
};
const tokenUsage = { ...noUsage, input_tokens: 1, output_tokens: 2 };

function withModel(generate: LocalModel["generate"]) {
  const sent: ToAgent[] = [];
  const pageModel = new PageModel((message) => sent.push(message));
  pageModel.use({ generate } as LocalModel);
  return { pageModel, sent };
}

test("a reply streams and is finished", async () => {
  const { pageModel, sent } = withModel(async (_, onDelta) => {
    onDelta("He");
    onDelta("llo");
    return { finishReason: "length", tokenUsage };
  });
  await pageModel.generate(request);
  expect(sent).toEqual([
    { type: "page_model_delta", request_id: 3, text: "He" },
    { type: "page_model_delta", request_id: 3, text: "llo" },
    {
      type: "page_model_done",
      request_id: 3,
      finish_reason: "length",
      token_usage: tokenUsage,
    },
  ]);
});

test("a failure is sent with its advice", async () => {
  const { pageModel, sent } = withModel(() => {
    throw new SessionError("memory", "It does not fit.", "Choose a smaller one.");
  });
  await pageModel.generate(request);
  expect(sent).toEqual([
    {
      type: "page_model_failed",
      request_id: 3,
      problem: { kind: "memory", message: "It does not fit.", advice: "Choose a smaller one." },
    },
  ]);
});

test("a cancelled reply stops the model and sends no more", async () => {
  const { pageModel, sent } = withModel(
    (_, __, signal) =>
      new Promise((___, reject) => {
        signal!.addEventListener("abort", () => reject(signal!.reason));
        queueMicrotask(() => pageModel.cancel(3));
      }),
  );
  await pageModel.generate(request);
  expect(sent).toEqual([]);
});

test("a request without a model fails with a clear error", async () => {
  const { pageModel, sent } = withModel(() => Promise.reject());
  pageModel.use(null);
  await pageModel.generate(request);
  expect(sent[0]).toMatchObject({ type: "page_model_failed", problem: { kind: "no_model" } });
});

test("what the model has read is sent before its reply", async () => {
  const { pageModel, sent } = withModel(async (_, onDelta, __, onRead) => {
    onRead?.({ input_tokens: 300, cached_tokens: 290 });
    onDelta("Hello");
    return { finishReason: "stop", tokenUsage };
  });
  await pageModel.generate(request);
  expect(sent.slice(0, 2)).toEqual([
    { type: "page_model_read", request_id: 3, input_tokens: 300, cached_tokens: 290 },
    { type: "page_model_delta", request_id: 3, text: "Hello" },
  ]);
});

const said = (content: string) => [
  { role: "system", content },
  { role: "user", content: "Task:" },
];
const prepare = {
  type: "page_model_prepare",
  messages: said("You count."),
  later: [said("You choose."), said("You call.")],
} as const satisfies PageModelPrepare;

/** A model that reads a prompt until `finish` is called, or for ever. */
function reader(model: Partial<LocalModel> = {}) {
  const read: unknown[] = [];
  const signals: AbortSignal[] = [];
  const ends: (() => void)[] = [];
  const pageModel = new PageModel(() => undefined);
  pageModel.use({
    keepsPrompts: true,
    warm: (messages, signal) => {
      read.push(messages[0]!.content);
      signals.push(signal!);
      return new Promise<void>((resolve, reject) => {
        ends.push(resolve);
        signal!.addEventListener("abort", () => reject(signal!.reason));
      });
    },
    generate: async () => ({ finishReason: "stop", tokenUsage }),
    ...model,
  } as Partial<LocalModel> as LocalModel);
  const finish = async () => {
    ends.at(-1)!();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { pageModel, read, signals, finish };
}

test("the model reads ahead until a request comes", async () => {
  const { pageModel, read, signals } = reader();
  void pageModel.prepare(prepare);
  expect(read).toEqual(["You count."]);
  expect(signals[0]!.aborted).toBe(false);
  await pageModel.generate(request);
  expect(signals[0]!.aborted).toBe(true);
  expect(read).toEqual(["You count."]);
});

test("the model reads one prompt after the other", async () => {
  const { pageModel, read, finish } = reader();
  void pageModel.prepare(prepare);
  await finish();
  await finish();
  expect(read).toEqual(["You count.", "You choose.", "You call."]);
  await finish();
  await pageModel.readAhead();
  expect(read).toHaveLength(3);
});

test("after a run the model reads what the run interrupted and did not read itself", async () => {
  const { pageModel, read, finish } = reader();
  void pageModel.prepare(prepare);
  const messages = [prepare.messages[0]!, { role: "user", content: "Task: Two and two?" }];
  await pageModel.generate({ ...request, messages });
  void pageModel.readAhead();
  await finish();
  expect(read).toEqual(["You count.", "You choose.", "You call."]);
});

test("nothing is read ahead while the model replies", async () => {
  const { pageModel, read } = reader({ generate: () => new Promise(() => undefined) });
  void pageModel.generate(request);
  await pageModel.prepare(prepare);
  expect(read).toEqual([]);
});

test("a model that keeps only its last prompt reads only the first one", async () => {
  const { pageModel, read, finish } = reader({ keepsPrompts: false });
  void pageModel.prepare(prepare);
  await finish();
  expect(read).toEqual(["You count."]);
});

test("a newer prompt replaces those that are not read yet", async () => {
  const { pageModel, read, signals, finish } = reader();
  void pageModel.prepare(prepare);
  void pageModel.prepare({ ...prepare, messages: said("You add."), later: [] });
  await finish();
  expect(signals[0]!.aborted).toBe(true);
  expect(read).toEqual(["You count.", "You add."]);
});

test("an agent that has died gets nothing more, not even under the number of a new request", async () => {
  const deltas: ((text: string) => void)[] = [];
  const signals: AbortSignal[] = [];
  const ends: (() => void)[] = [];
  const { pageModel, sent } = withModel((_, onDelta, signal, onRead) => {
    deltas.push((text) => {
      onRead?.({ input_tokens: 1, cached_tokens: 0 });
      onDelta(text);
    });
    signals.push(signal!);
    const { promise, resolve } = Promise.withResolvers<void>();
    ends.push(resolve);
    return promise.then(() => ({ finishReason: "stop", tokenUsage })); // it takes no notice
  });
  const old = pageModel.generate(request);
  pageModel.abandon();
  const next = pageModel.generate(request);

  deltas[0]!("old");
  ends[0]!();
  await old;
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  expect(sent).toEqual([]);

  deltas[1]!("new");
  expect(sent.at(-1)).toEqual({ type: "page_model_delta", request_id: 3, text: "new" });
  pageModel.cancel(3);
  expect(signals[1]!.aborted).toBe(true);
  ends[1]!();
  await next;
});

test("what a dead agent wanted read ahead is not read for the next one", async () => {
  const { pageModel, read, signals } = reader();
  void pageModel.prepare(prepare);
  pageModel.abandon();
  expect(signals[0]!.aborted).toBe(true);
  await pageModel.readAhead();
  expect(read).toEqual(["You count."]);
});
