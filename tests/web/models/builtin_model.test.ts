/** Tests the browser's own model with a fake of the Prompt API. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { loadLocalModel, builtinSource, type LocalModel } from "../../../web/src/models/local";

interface Prompted {
  initial: unknown;
  input: unknown;
  options: { responseConstraint?: object; signal?: AbortSignal };
}

/** The calls that the fake API got, and its answers. */
let created: { initialPrompts?: unknown }[];
let prompted: Prompted[];
let availability: string;
let pieces: string[];
let failure: Error | null;
let alive: number;

function session(initial: unknown) {
  alive += 1;
  return {
    contextUsage: 40,
    contextWindow: 9216,
    clone: async () => session(initial),
    destroy: () => (alive -= 1),
    promptStreaming(input: unknown, options: Prompted["options"]): ReadableStream<string> {
      prompted.push({ initial, input, options });
      const left = [...pieces];
      return new ReadableStream({
        async pull(controller) {
          if (failure) return controller.error(failure);
          const next = left.shift();
          if (next === undefined) return controller.close();
          if (next !== "wait") return controller.enqueue(next);
          await new Promise((_, reject) =>
            options.signal!.addEventListener("abort", () => reject(options.signal!.reason)),
          );
        },
      });
    },
  };
}

beforeEach(() => {
  [created, prompted, pieces] = [[], [], ["He", "llo"]];
  [availability, failure, alive] = ["available", null, 0];
  vi.stubGlobal("LanguageModel", {
    availability: async () => availability,
    async create(options: { initialPrompts?: unknown; monitor?: (m: EventTarget) => void }) {
      created.push(options);
      const target = new EventTarget();
      options.monitor?.(target);
      const event = Object.assign(new Event("downloadprogress"), { loaded: 0.5 });
      target.dispatchEvent(event);
      return session(options.initialPrompts);
    },
  });
});

afterEach(() => vi.unstubAllGlobals());

const messages = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "Hi" },
];

async function loaded(): Promise<LocalModel> {
  return loadLocalModel((await builtinSource())!);
}

async function reply(model: LocalModel, extra: object = {}, signal?: AbortSignal) {
  let text = "";
  const end = await model.generate({ messages, ...extra }, (piece) => (text += piece), signal);
  return { text, ...end };
}

test("the browser's model is offered only if there is one", async () => {
  expect(await builtinSource()).toMatchObject({ id: "builtin", engine: "builtin" });
  availability = "unavailable";
  expect(await builtinSource()).toBe(null);
  vi.stubGlobal("LanguageModel", undefined);
  expect(await builtinSource()).toBe(null);
});

test("a download is reported, and the session's context window is used", async () => {
  const seen: unknown[] = [];
  const source = (await builtinSource())!;

  const model = await loadLocalModel(source, { onProgress: (progress) => seen.push(progress) });

  expect(seen).toMatchObject([{ stage: "model", loaded: 0.5, total: 1 }]);
  expect([model.contextTokens, model.followsSchema]).toEqual([9216, true]);
});

test("a reply streams after the fixed start was read once", async () => {
  const model = await loaded();
  await model.warm(messages.slice(0, 1));

  const first = await reply(model);
  await reply(model);

  expect(first.text).toBe("Hello");
  expect(first.tokenUsage).toMatchObject({ input_tokens: 38, output_tokens: 2, estimated: true });
  expect(created.length).toBe(2);
  expect(prompted[0]).toMatchObject({
    initial: [{ role: "system", content: "Be brief." }],
    input: [{ role: "user", content: "Hi" }],
  });
});

test("a schema constrains the reply", async () => {
  await reply(await loaded(), { schema: { type: "object" } });

  expect(prompted[0]!.options.responseConstraint).toEqual({ type: "object" });
});

test("an aborted reply ends at once and the next one works", async () => {
  const model = await loaded();
  pieces = ["He", "wait"];
  const control = new AbortController();
  const ending = reply(model, {}, control.signal);
  await vi.waitFor(() => expect(prompted.length).toBe(1));

  control.abort(new Error("stopped"));

  await expect(ending).rejects.toThrow("stopped");
  pieces = ["again"];
  expect((await reply(model)).text).toBe("again");
  expect(alive).toBe(1);
});

test.each([
  ["QuotaExceededError", "context_overflow"],
  ["UnknownError", "model"],
])("a failure %s is explained", async (name, kind) => {
  const model = await loaded();
  failure = new DOMException("It failed.", name);

  await expect(reply(model)).rejects.toMatchObject({ kind, name: "SessionError" });
});

test("the advice for a long conversation names the page's button", async () => {
  const model = await loaded();
  failure = new DOMException("It failed.", "QuotaExceededError");
  const advice = "Start a new conversation, or choose a larger model.";

  await expect(reply(model)).rejects.toMatchObject({ advice });
});

test("dispose rejects running requests and frees all sessions", async () => {
  const model = await loaded();
  pieces = ["wait"];
  const ending = reply(model);
  await vi.waitFor(() => expect(prompted.length).toBe(1));

  model.dispose();

  await expect(ending).rejects.toMatchObject({ kind: "closed" });
  await vi.waitFor(() => expect(alive).toBe(0));
});
