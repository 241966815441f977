import { expect, test } from "vitest";

import { PageModel } from "../../../web/src/agent/page_model";
import { SessionError } from "../../../web/src/api/error";
import { noUsage } from "../../../web/src/api/not_run";
import type { LocalModel } from "../../../web/src/models/local";
import type { PageModelRequest, ToAgent } from "../../../web/src/protocol";

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

test("the model reads ahead until a request comes", async () => {
  const read: unknown[] = [];
  const pageModel = new PageModel(() => undefined);
  let given: AbortSignal | undefined;
  pageModel.use({
    warm: (messages, signal) => {
      read.push(messages);
      given = signal;
      return new Promise<void>(() => undefined);
    },
    generate: async () => ({ finishReason: "stop", tokenUsage }),
  } as Partial<LocalModel> as LocalModel);
  const messages = [{ role: "system", content: "You count." }];
  void pageModel.warm(messages);
  expect(read).toEqual([messages]);
  expect(given?.aborted).toBe(false);
  await pageModel.generate(request);
  expect(given?.aborted).toBe(true);
});
