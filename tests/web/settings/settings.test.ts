import { afterEach, expect, test, vi } from "vitest";
import { moreProviders, originOf, providerById, providers } from "../../../web/src/providers";
import { faultOf, withAttributes, withConfig } from "../../../web/src/settings/config";
import { checkEndpoint } from "../../../web/src/settings/endpoint_check";
import {
  defaultSettings,
  endpointFault,
  endpointOf,
  loadSettings,
  readSettings,
  saveSettings,
} from "../../../web/src/settings/settings";

afterEach(() => vi.restoreAllMocks());

test("kept settings come back unchanged", () => {
  const settings = { ...defaultSettings, kind: "local" as const, local: "qwen" };

  saveSettings(settings);

  expect(loadSettings()).toEqual(settings);
});

test.each([null, [], "x", { kind: "magic", agent: { max_steps: "many" }, endpoint: 3 }])(
  "stored nonsense %j gives the defaults",
  (stored) => expect(readSettings(stored)).toEqual(defaultSettings),
);

test("numbers out of range are clamped", () => {
  const { agent } = readSettings({ agent: { max_steps: 9999, deadline_s: 0, memory_size: 3 } });

  expect(agent).toMatchObject({ max_steps: 100, deadline_s: 1, memory_size: 3 });
});

test("every provider can be chosen, and the last one is for unknown servers", () => {
  const all = [...providers, ...moreProviders];
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(all.length).toBeGreaterThan(100);
  for (const { id, baseUrl } of all)
    expect(endpointOf(id)).toMatchObject({ provider: id, baseUrl });
  expect(all.filter(({ baseUrl }) => originOf(baseUrl) === "")).toEqual([providers.at(-1)]);
});

test("an unknown provider is refused unless its address is given", () => {
  const model = { provider: "opneai", model: "m" };

  expect(() => withConfig(defaultSettings, { model })).toThrow('no provider "opneai"');

  const known = { ...model, baseUrl: "https://models.example/v1" };
  expect(withConfig(defaultSettings, { model: known }).endpoint).toMatchObject({
    provider: "custom",
    baseUrl: "https://models.example/v1",
  });
});

test("unknown attributes are reported", () => {
  const none = { provider: null, model: null, baseUrl: null, agent: null };
  const wrong = { ...none, provider: "opneai", model: "m" };

  expect(withAttributes(defaultSettings, { ...none, agent: "magic" })).toEqual(defaultSettings);
  expect(faultOf(wrong)).toMatchObject({ kind: "unsupported" });
  expect(faultOf(wrong)!.message).toContain("opneai");
  expect(faultOf({ ...wrong, baseUrl: "https://models.example/v1" })).toBeNull();
  expect(faultOf({ ...none, agent: "magic" })!.message).toContain("magic");
  expect(faultOf({ ...none, provider: "openai", agent: "code" })).toBeNull();
  expect(faultOf({ ...none, provider: "openai-compatible" })).toBeNull();
});

test("a provider of the longer table is chosen by its id or an alias, and is kept", () => {
  const { endpoint } = withConfig(defaultSettings, {
    model: { provider: "Fireworks_AI", model: "m" },
  });
  expect(endpoint).toMatchObject({
    provider: "fireworks",
    baseUrl: "https://api.fireworks.ai/inference/v1",
  });

  const settings = { ...defaultSettings, kind: "endpoint" as const, endpoint };
  expect(readSettings(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
});

test("an endpoint without a web address or a model is refused with advice", () => {
  const endpoint = { ...endpointOf("custom"), model: "m" };

  expect(endpointFault(endpoint)).toContain("base URL");
  expect(endpointFault({ ...endpoint, baseUrl: "ftp://x" })).toContain("web address");
  expect(endpointFault({ ...endpoint, baseUrl: "https://x/v1", model: "" })).toContain("model");
  expect(endpointFault({ ...endpoint, baseUrl: "https://x/v1" })).toBe("");
});

test("a page's configuration changes only what it names", () => {
  const changed = withConfig(defaultSettings, {
    model: { provider: "openai-compatible", model: "m", baseUrl: "http://127.0.0.1:8080/v1" },
    agent: { maxSteps: 3, structuredOutput: true },
  });

  expect(changed.kind).toBe("endpoint");
  expect(changed.endpoint).toEqual({
    provider: "custom",
    baseUrl: "http://127.0.0.1:8080/v1",
    model: "m",
    format: "openai",
    promptStyle: "full",
    thinking: null,
  });
  expect(changed.agent).toEqual({
    ...defaultSettings.agent,
    max_steps: 3,
    structured_output: true,
  });
  expect(withConfig(changed, { agent: {} }).agent.structured_output).toBe(true);
  expect(withConfig(defaultSettings, {}).endpoint).toEqual(defaultSettings.endpoint);
});

test("a page may call its endpoint's model small, and it stays small", () => {
  const small = withConfig(defaultSettings, {
    model: { provider: "ollama", model: "m", promptStyle: "short" },
  });

  expect(small.endpoint.promptStyle).toBe("short");
  expect(withConfig(small, { model: { model: "n" } }).endpoint.promptStyle).toBe("short");
  expect(readSettings(small).endpoint).toEqual(small.endpoint);
});

test.each([true, false, null])("a page may set thinking to %s", (thinking) => {
  const before = withConfig(defaultSettings, { model: { provider: "gemini", thinking: true } });

  const { endpoint } = withConfig(before, { model: { thinking } });

  expect(endpoint).toEqual({ ...endpointOf("gemini"), thinking });
  expect(readSettings({ endpoint }).endpoint.thinking).toBe(thinking);
});

test("a page's temperature and limit hold for the visit, with any model", () => {
  const model = { provider: "openai", temperature: 0, maxTokens: 500 };
  const given = withConfig(defaultSettings, { model });
  expect(given.reply).toEqual({ temperature: 0, maxTokens: 500 });

  const changed = withConfig(given, { model: { provider: "local", maxTokens: null } });
  expect(changed.reply).toEqual({ temperature: 0, maxTokens: null });

  saveSettings(given);
  expect(loadSettings().reply).toEqual(defaultSettings.reply);
});

test("a provider by name brings its address", () => {
  const { endpoint } = withConfig(defaultSettings, { model: { provider: "groq", model: "m" } });

  expect(endpoint.baseUrl).toBe(providerById("groq").baseUrl);
});

function answering(answer: () => Response | Promise<Response>) {
  return vi.spyOn(globalThis, "fetch").mockImplementation(async () => answer());
}

test("a check sends the key to the endpoint's model list and returns the names", async () => {
  const fetched = answering(() => Response.json({ data: [{ id: "b" }, { id: "a" }] }));

  const check = await checkEndpoint("https://x.example/v1/", "sk-1", providerById("custom"));

  expect(check).toEqual({ models: ["a", "b"] });
  const [url, options] = fetched.mock.calls[0]!;
  expect(url).toBe("https://x.example/v1/models");
  expect(options).toMatchObject({ headers: { Authorization: "Bearer sk-1" }, redirect: "error" });
});

test.each([
  [
    "anthropic",
    { "x-api-key": "sk-1", "anthropic-version": "2023-06-01" },
    { data: [{ id: "a" }] },
  ],
  ["gemini", { "x-goog-api-key": "sk-1" }, { models: [{ name: "models/a" }] }],
] as const)("a check speaks %s where the endpoint does", async (format, headers, answer) => {
  const fetched = answering(() => Response.json(answer));

  const check = await checkEndpoint("https://x.example/v1", "sk-1", providerById("custom"), format);

  expect(check).toEqual({ models: ["a"] });
  expect(fetched.mock.lastCall![1]!.headers).toEqual(headers);
});

test.each([
  ["a missing key", () => new Response("", { status: 401 }), "no_key"],
  ["a wrong path", () => new Response("", { status: 404 }), "unreachable"],
  ["a failing provider", () => new Response("", { status: 500 }), "server_error"],
  ["a page instead of JSON", () => new Response("<html>"), "unreachable"],
  ["no readable answer", () => Promise.reject(new TypeError("Failed to fetch")), "unreachable"],
])("a check explains %s", async (_name, answer, kind) => {
  answering(answer);

  const check = await checkEndpoint("https://x.example/v1", "", providerById("ollama"));

  const { problem } = check as { problem: { kind: string; advice: string } };
  expect(problem.kind).toBe(kind);
  expect(problem.advice).not.toBe("");
});

test("an endpoint stored before formats existed keeps its format", () => {
  const stored = (provider: string, baseUrl: string) =>
    readSettings({ endpoint: { provider, baseUrl, model: "m" } }).endpoint.format;

  expect(stored("gemini", "https://generativelanguage.googleapis.com/v1beta/openai")).toBe(
    "openai",
  );
  expect(stored("custom", "http://127.0.0.1:8080/v1")).toBe("openai");
  expect(stored("gemini", providerById("gemini").baseUrl)).toBe(providerById("gemini").format);
});

test("stored limits, plans and questions are read, and malformed ones are left out", () => {
  const agent = {
    kind: "tool_calling",
    approve: ["send", 7],
    planning_interval: 3,
    limits: { cost_usd: 0.5, tokens: "many" },
    memory_size: 0,
    structured_output: "yes",
  };

  expect(readSettings({ agent }).agent).toMatchObject({
    kind: "tool_calling",
    approve: ["send"],
    planning_interval: 3,
    limits: { cost_usd: 0.5, tokens: null, seconds: null },
    memory_size: 1,
    structured_output: false,
  });
});
