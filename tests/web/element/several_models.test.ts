/** Tests several models as one: what a page configures, and what the session is told. */
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Controller } from "../../../web/src/element/controller";
import type { PyAgent } from "../../../web/src/element/py-agent";
import { builtinSource } from "../../../web/src/models/local";
import type { Config, ModelConfig } from "../../../web/src/settings/config";
import {
  endpointOf,
  loadSettings,
  saveSettings,
  defaultSettings,
} from "../../../web/src/settings/settings";
import { FakeSession } from "../support/fake_session";
import { allDrawn, pageElement, prepareJsdom } from "../support/page_element";

const A: ModelConfig = { provider: "openai", model: "a", apiKey: "sk-a" };
const B: ModelConfig = {
  provider: "openai-compatible",
  baseUrl: "https://b.example/v1",
  model: "b",
};
const C: ModelConfig = { provider: "groq", model: "c", apiKey: "sk-c" };

let session: FakeSession;
let element: PyAgent;

beforeEach(async () => {
  localStorage.clear();
  prepareJsdom();
  session = new FakeSession();
  session.start();
  await begin();
});

afterEach(() => {
  element.remove();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});
afterAll(allDrawn);

/** Starts a visit with a page's element. */
async function begin(): Promise<void> {
  element = pageElement(session);
  document.body.append(element);
  await element.ready;
}

function last() {
  return session.configured.at(-1)!;
}

/** Returns the models that the session was told last, in order. */
function told() {
  return [last().model, ...last().others];
}

/** Returns the error that refuses this; nothing may have reached the session. */
async function refusal(config: Config) {
  const before = session.configured.length;
  const error: unknown = await element.configure(config).catch((reason: unknown) => reason);
  expect(session.configured.length).toBe(before);
  return error;
}

/** Returns the text of the button that names the model. */
async function shownName(): Promise<string> {
  await vi.waitFor(() => expect(element.shadowRoot!.querySelector("pa-composer")).not.toBe(null));
  await element.updateComplete;
  const composer = element.shadowRoot!.querySelector("pa-composer")!;
  await composer.updateComplete;
  return composer.shadowRoot!.querySelector(".model")!.textContent!.replace(/\s+/g, " ").trim();
}

test("the session is told of a list of models, each with the key of its origin", async () => {
  await element.configure({ model: [A, B, C], choose: "round_robin" });

  expect(told()).toMatchObject([
    { kind: "endpoint", model: "a", baseUrl: endpointOf("openai").baseUrl, apiKey: "sk-a" },
    { kind: "endpoint", model: "b", baseUrl: "https://b.example/v1", apiKey: "" },
    { kind: "endpoint", model: "c", baseUrl: endpointOf("groq").baseUrl, apiKey: "sk-c" },
  ]);
  expect(last().choose).toBe("round_robin");
  expect(await shownName()).toBe("a + 2");
});

test("the first model of a list is asked first by default", async () => {
  await element.configure({ model: [A, B] });
  expect(last().choose).toBe("first");

  await element.configure({ choose: "least_loaded" });
  expect([told().length, last().choose]).toEqual([2, "least_loaded"]);

  await element.configure({ model: [B, A] });
  expect(last().choose).toBe("first");
});

test("a list of one model is that model", async () => {
  await element.configure({ model: [B], choose: "round_robin" });

  expect(told()).toMatchObject([{ model: "b" }]);
  expect(await shownName()).toBe("b");
});

test("an object makes one model of a list again, and changes what it names", async () => {
  await element.configure({ model: [A, B] });

  await element.configure({ model: { model: "a-2" } });

  expect(told()).toMatchObject([{ model: "a-2", apiKey: "sk-a" }]);
});

test("other settings leave the list alone", async () => {
  await element.configure({ model: [A, B] });

  await element.configure({ agent: { maxSteps: 3 } });

  expect(told()).toMatchObject([{ model: "a" }, { model: "b" }]);
  expect(last().agent.max_steps).toBe(3);
});

test("each model of a list begins with the defaults", async () => {
  const before = { promptStyle: "short", thinking: true, temperature: 0, maxTokens: 9 } as const;
  await element.configure({ model: { ...B, format: "anthropic", ...before } });

  await element.configure({ model: [B, { ...B, model: "b-2", temperature: 0.5 }] });

  const plain = { format: "openai", promptStyle: "full", thinking: null };
  expect(told()).toMatchObject([
    { ...plain, model: "b", reply: { temperature: null, maxTokens: null } },
    { ...plain, model: "b-2", reply: { temperature: 0.5, maxTokens: null } },
  ]);
});

/** A browser with its own model, on a site without others. */
async function builtin() {
  vi.stubGlobal("LanguageModel", { availability: async () => "available" });
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => Response.json([]));
  return (await builtinSource())!;
}

test("one model of a list may be local", async () => {
  const source = await builtin();

  await element.configure({ model: [A, { provider: "local", model: "builtin" }] });

  expect(told()).toMatchObject([{ model: "a" }, { kind: "local", source: { id: source.id } }]);
});

const LOCAL: ModelConfig = { provider: "local", model: "builtin" };

test.each<[string, Config, string]>([
  ["an empty list", { model: [] }, "give at least one"],
  ["two models in the tab", { model: [LOCAL, A, LOCAL] }, "keep only one"],
  ["a demonstration among them", { model: [A, { provider: "demo" }] }, "leave it out"],
  ["two keys for one origin", { model: [A, { ...A, apiKey: "sk-2" }] }, "give one key"],
  ["an unknown choose", { model: [A, B], choose: "best" as "first" }, '"round_robin"'],
])("%s is refused with advice, and changes nothing", async (_name, config, says) => {
  await element.configure({ model: B });

  const error = await refusal(config);

  expect(error).toMatchObject({ name: "SessionError" });
  expect((error as Error).message).toContain(says);
  expect(await shownName()).toBe("b");
  await expect(element.configure({ model: { provider: "openai" } })).rejects.toMatchObject({
    kind: "no_key",
  });
});

test("a list with a missing key is refused with the name of the provider", async () => {
  const error = await refusal({ model: [B, { provider: "groq", model: "c" }] });

  expect(error).toMatchObject({ kind: "no_key", message: "There is no key for Groq." });
});

test("a task right after a list has its keys", async () => {
  const { vault } = (element as unknown as { controller: Controller }).controller.preferences;
  const sealing = vi.spyOn(vault, "set").mockReturnValue(new Promise(() => undefined));

  void element.configure({ model: [A, C] });
  void element.run("Add");

  await vi.waitFor(() => expect(session.tasks.length).toBe(1));
  expect(told()).toMatchObject([{ apiKey: "sk-a" }, { apiKey: "sk-c" }]);
  expect(sealing).not.toHaveBeenCalled();
});

test("an address without a provider belongs to an unknown one, in a list and alone", async () => {
  const model: ModelConfig = { baseUrl: "https://b.example/v1", model: "b" };
  await element.configure({ model: [{ ...A, thinking: true }, model] });
  expect(told()[1]).toMatchObject({ model: "b", baseUrl: "https://b.example/v1", apiKey: "" });

  await element.configure({ model: { provider: "anthropic", model: "a", apiKey: "sk-x" } });
  await element.configure({ model });
  expect(told()).toMatchObject([{ ...model, format: "openai", apiKey: "" }]);
});

test("an address of the same origin stays with its provider", async () => {
  await element.configure({ model: { provider: "anthropic", model: "a", apiKey: "sk-x" } });
  const baseUrl = `${endpointOf("anthropic").baseUrl}/beta`;

  await element.configure({ model: { baseUrl } });

  expect(told()).toMatchObject([{ model: "a", baseUrl, format: "anthropic", apiKey: "sk-x" }]);
});

test("another address of an unknown server leaves the rest as it is", async () => {
  await element.configure({ model: { ...B, format: "responses", promptStyle: "short" } });

  await element.configure({ model: { baseUrl: "https://c.example/v1" } });

  expect(told()).toMatchObject([
    { model: "b", baseUrl: "https://c.example/v1", format: "responses", promptStyle: "short" },
  ]);
});

test("models with keys but without a web address are refused for the address", async () => {
  const error = await refusal({
    model: [
      { ...B, baseUrl: "b.example", apiKey: "sk-1" },
      { ...B, baseUrl: "c.example", apiKey: "sk-2" },
    ],
  });

  expect(error).toMatchObject({ kind: "no_model", message: "The endpoint is not complete." });
});

test("a key for a local model goes nowhere", async () => {
  await builtin();

  await element.configure({ model: [B, { ...LOCAL, apiKey: "sk-local" }] });

  await element.configure({ model: { provider: "openai" } }).catch(() => undefined);
  expect(JSON.stringify(session.configured)).not.toContain("sk-local");
});

test("a list is not kept for the next visit, but the person's endpoint is", async () => {
  const own = { ...endpointOf("groq"), model: "own" };
  saveSettings({ ...defaultSettings, kind: "endpoint", endpoint: own });
  element.remove();
  await begin();
  await element.configure({ model: [A, B] });
  expect(told().length).toBe(2);

  expect(loadSettings()).toMatchObject({ endpoint: own, others: [], choose: "first" });
  saveSettings({ ...defaultSettings, others: [{ ...defaultSettings, kind: "endpoint" }] });
  expect(loadSettings()).toMatchObject({ others: [], choose: "first" });
});

/** Opens the settings at the page for endpoints. */
async function settings() {
  const dialog = element.shadowRoot!.querySelector("pa-settings")!;
  await dialog.show("endpoint");
  await dialog.updateComplete;
  return dialog.shadowRoot!;
}

test("the model that a person chooses replaces the whole list", async () => {
  await element.configure({ model: [A, B], choose: "round_robin" });
  const dialog = await settings();
  expect(dialog.textContent).toContain("This page uses 2 models: a and b.");

  dialog.querySelector("form")!.requestSubmit();

  await vi.waitFor(() => expect(session.configured.length).toBe(2));
  expect(told()).toMatchObject([{ model: "a", apiKey: "sk-a" }]);
  expect(await shownName()).toBe("a");
});

test("a change of the agent alone keeps the list", async () => {
  await element.configure({ model: [A, B] });
  const dialog = element.shadowRoot!.querySelector("pa-settings")!;
  await dialog.show("agent");
  dialog.shadowRoot!.querySelector("form")!.requestSubmit();

  expect(await shownName()).toBe("a + 1");
});
