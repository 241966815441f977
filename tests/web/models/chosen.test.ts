import { afterEach, expect, test, vi } from "vitest";
import type { ModelChoice } from "../../../web/src/api/session";
import { ChosenModels } from "../../../web/src/models/chosen";
import { builtinSource } from "../../../web/src/models/local";

afterEach(() => vi.unstubAllGlobals());

const ENDPOINT: ModelChoice = {
  kind: "endpoint",
  model: "m",
  baseUrl: "http://127.0.0.1:8080/v1",
  apiKey: "",
  format: "openai",
  promptStyle: "full",
  thinking: null,
  reply: { temperature: null, maxTokens: null },
};

function chosenModels() {
  return new ChosenModels(
    new URL(document.baseURI),
    () => undefined,
    () => undefined,
    async () => undefined,
  );
}

function chosenOf(...choices: ModelChoice[]) {
  return chosenModels().choose(choices);
}

async function chosen(choice: Partial<ModelChoice>) {
  return (await chosenOf({ ...ENDPOINT, ...choice } as ModelChoice))[0]!;
}

/** A browser that has its own model. */
async function builtin() {
  vi.stubGlobal("LanguageModel", {
    availability: async () => "available",
    create: async () => ({ contextWindow: 9216, destroy: () => undefined }),
  });
  return (await builtinSource())!;
}

test.each(["full", "short"] as const)(
  "the agent is told an endpoint's prompt style: %s",
  async (promptStyle) => {
    expect((await chosen({ promptStyle })).prompt_style).toBe(promptStyle);
  },
);

test.each([true, false, null])(
  "the agent is told whether an endpoint's model thinks: %s",
  async (thinking) => {
    expect((await chosen({ format: "anthropic", thinking })).thinking).toBe(thinking);
  },
);

const REPLY = { temperature: 0.2, maxTokens: 500 };

test("the agent is told an endpoint's reply options", async () => {
  expect(await chosen({ reply: REPLY })).toMatchObject({ temperature: 0.2, max_tokens: 500 });
});

test("the agent is told a local model's reply options and what is known of the model", async () => {
  const source = await builtin();

  expect(await chosen({ kind: "local", source, reply: REPLY })).toMatchObject({
    kind: "page",
    context_tokens: 9216,
    prompt_style: "short",
    temperature: 0.2,
    max_tokens: 500,
  });
});

test("the agent is told of several models in order, one of them local", async () => {
  const local: ModelChoice = { kind: "local", source: await builtin(), reply: REPLY };

  expect(await chosenOf(ENDPOINT, local, { ...ENDPOINT, apiKey: "k" })).toMatchObject([
    { kind: "openai", model: "m", api_key: "" },
    { kind: "page", model: "builtin", context_tokens: 9216, temperature: 0.2 },
    { kind: "openai", model: "m", api_key: "k" },
  ]);
});

test("settings given at the same time share one loading of a local model", async () => {
  const made = vi.fn(async () => ({ contextWindow: 9216, destroy: () => undefined }));
  vi.stubGlobal("LanguageModel", { availability: async () => "available", create: made });
  const local: ModelChoice = { kind: "local", source: (await builtinSource())!, reply: REPLY };
  const models = chosenModels();

  await Promise.all([models.choose([local]), models.choose([ENDPOINT, local])]);

  expect(made).toHaveBeenCalledOnce();
});

test("a local model that failed to load is tried again", async () => {
  const made = vi.fn(async () => ({ contextWindow: 9216, destroy: () => undefined }));
  vi.stubGlobal("LanguageModel", { availability: async () => "available", create: made });
  const local: ModelChoice = { kind: "local", source: (await builtinSource())!, reply: REPLY };
  const models = chosenModels();
  made.mockRejectedValueOnce(new Error("no memory"));
  await expect(models.choose([local])).rejects.toThrow();

  expect(await models.choose([local])).toMatchObject([{ kind: "page", context_tokens: 9216 }]);
});
