import { afterEach, expect, test, vi } from "vitest";
import { providerById } from "../../../web/src/providers";
import { addressesFor, withScheme } from "../../../web/src/settings/base_url";
import { checkEndpoint } from "../../../web/src/settings/endpoint_check";
import { endpointFault, endpointOf } from "../../../web/src/settings/settings";

afterEach(() => vi.restoreAllMocks());

const LIST = () => Response.json({ data: [{ id: "m-1" }] });
const custom = providerById("custom");

/** Answers requests by their method and path; anything else is not there. */
function serving(answers: Record<string, (body: object) => Response>) {
  return vi.spyOn(globalThis, "fetch").mockImplementation(async (url, options) => {
    const { origin, pathname } = new URL(url as string);
    const answer = answers[`${options?.method ?? "GET"} ${origin}${pathname}`];
    const body = options?.body ? (JSON.parse(options.body as string) as object) : {};
    return answer?.(body) ?? new Response("", { status: 404 });
  });
}

const refused = (status: number, message: string) => () =>
  Response.json({ error: { message } }, { status });

test.each([
  ["localhost:11434", "http://localhost:11434"],
  ["127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"],
  ["192.168.1.5:1234", "http://192.168.1.5:1234"],
  ["[::1]:8080", "http://[::1]:8080"],
  ["nas:8080", "http://nas:8080"],
  ["gpu.local:8000", "http://gpu.local:8000"],
  ["api.openai.com/v1", "https://api.openai.com/v1"],
  ["//api.openai.com", "https://api.openai.com"],
  ["llm.example:8443", "https://llm.example:8443"],
  [' "https://x.example/v1" ', "https://x.example/v1"],
  ["HTTP://x.example", "HTTP://x.example"],
  ["ftp://x.example", ""],
  ["javascript:alert(1)", ""],
  ["a b", ""],
  ["user@x.example", ""],
  ["", ""],
])("%j is read as the address %j", (typed, address) => {
  expect(withScheme(typed)).toBe(address);
});

test.each([
  ["http://localhost:11434", "openai", ["", "/v1"]],
  ["http://localhost:11434/", "anthropic", ["", "/v1"]],
  ["localhost:1234/v1/", "openai", ["/v1"]],
  ["https://x.example/v1/chat/completions", "openai", ["/v1"]],
  ["https://x.example/api/v3", "openai", ["/api/v3"]],
  ["https://x.example/openai", "responses", ["/openai", "/openai/v1", "/v1"]],
  ["https://x.example", "gemini", ["", "/v1beta"]],
  ["https://x.example/v1beta/models", "gemini", ["/v1beta"]],
] as const)("%s as %s may stand for %j", (typed, format, paths) => {
  const found = addressesFor(typed, format);

  expect(found.map((address) => new URL(address).pathname.replace(/\/$/, ""))).toEqual(paths);
});

test.each([
  ["without /v1", "http://localhost:1234", "http://localhost:1234/v1"],
  ["without http://", "localhost:1234/v1", "http://localhost:1234/v1"],
  ["without either", "localhost:1234", "http://localhost:1234/v1"],
  ["of a request", "http://localhost:1234/v1/chat/completions", "http://localhost:1234/v1"],
])("an address %s is tried and proposed", async (_, typed, address) => {
  serving({ "GET http://localhost:1234/v1/models": LIST });

  expect(await checkEndpoint(typed, "", providerById("lmstudio"))).toEqual({
    models: ["m-1"],
    address,
  });
});

test("a page with JSON that is no list is not taken for a list of models", async () => {
  serving({
    "GET http://localhost:1234/models": () => Response.json({ status: "ok" }),
    "GET http://localhost:1234/v1/models": LIST,
  });

  const check = await checkEndpoint("http://localhost:1234", "", custom);

  expect(check).toMatchObject({ address: "http://localhost:1234/v1" });
});

test("a key never goes to another origin or after an answer that refuses it", async () => {
  const fetched = serving({ "GET https://x.example/models": refused(401, "bad key") });

  const check = await checkEndpoint("x.example", "sk-1", custom, "openai", "m-1");

  expect(check).toMatchObject({ problem: { kind: "wrong_key" } });
  expect(fetched.mock.calls.map(([url]) => url)).toEqual(["https://x.example/models"]);
});

test.each([
  ["", "no_address"],
  ["a b", "no_address"],
])("the address %j is named as missing or wrong", async (typed, kind) => {
  expect(await checkEndpoint(typed, "", custom)).toMatchObject({ problem: { kind } });
});

test.each([
  [401, "Incorrect API key provided", "wrong_key"],
  [403, "Forbidden", "wrong_key"],
  [400, "API key not valid. Please pass a valid API key.", "wrong_key"],
  [402, "Insufficient balance", "rate_limited"],
  [429, "You exceeded your current quota", "rate_limited"],
  [429, "Too many requests", "rate_limited"],
  [404, "The model `m-1` does not exist", "no_model"],
  [400, "m-1 is not a valid model ID", "no_model"],
  [500, "Internal error", "server_error"],
])("an open list does not hide a model that answers %i %s", async (status, said, kind) => {
  serving({
    "GET https://x.example/v1/models": LIST,
    "POST https://x.example/v1/chat/completions": refused(status, said),
  });

  const check = await checkEndpoint("https://x.example/v1", "sk-bad", custom, "openai", "m-1");

  const { problem } = check as { problem: { kind: string; advice: string } };
  expect(problem.kind).toBe(kind);
  expect(problem.advice).not.toBe("");
});

test.each([
  ["openai", "/chat/completions", { max_tokens: 1 }],
  ["responses", "/responses", { max_output_tokens: 16 }],
  ["anthropic", "/messages", { max_tokens: 1 }],
  ["gemini", "/models/m-1:generateContent", { generationConfig: { maxOutputTokens: 1 } }],
] as const)("a model is asked for one token as %s", async (format, path, limit) => {
  let asked: object = {};
  const answer = (body: object) => {
    asked = body;
    return Response.json({ choices: [], output: [], content: [], candidates: [] });
  };
  serving({
    "GET https://x.example/v1/models": LIST,
    [`POST https://x.example/v1${path}`]: answer,
  });

  const check = await checkEndpoint("https://x.example/v1", "sk-1", custom, format, "m-1");

  expect(check).toEqual({ models: ["m-1"], asked: true });
  expect(asked).toMatchObject(limit);
});

test("a model that wants the newer name of the limit gets it", async () => {
  const answer = (body: object) =>
    "max_completion_tokens" in body
      ? refused(400, "Could not finish the message because max_tokens was reached.")()
      : refused(400, "Unsupported parameter: use 'max_completion_tokens' instead.")();
  serving({
    "GET https://x.example/v1/models": LIST,
    "POST https://x.example/v1/chat/completions": answer,
  });

  const check = await checkEndpoint("https://x.example/v1", "sk-1", custom, "openai", "m-1");

  expect(check).toEqual({ models: ["m-1"], asked: true });
});

test("a server without a list of models is fine if the model answers", async () => {
  serving({ "POST https://x.example/v1/chat/completions": () => Response.json({ choices: [] }) });

  const check = await checkEndpoint("https://x.example/v1", "sk-1", custom, "openai", "m-1");

  expect(check).toEqual({ models: [], asked: true });
});

test("a server on this machine is not asked to load a model, but must have it", async () => {
  const fetched = serving({
    "GET http://localhost:11434/v1/models": () =>
      Response.json({ data: [{ id: "qwen3:4b" }, { id: "llama3:latest" }] }),
  });
  const ollama = providerById("ollama");
  const check = (model: string) =>
    checkEndpoint("http://localhost:11434/v1", "", ollama, "openai", model);

  expect(await check("llama3")).toMatchObject({ models: ["llama3:latest", "qwen3:4b"] });
  expect(await check("qwen3")).toMatchObject({ problem: { kind: "no_model" } });
  expect(fetched.mock.calls.every(([, options]) => options?.method === undefined)).toBe(true);
});

test.each([
  ["localhost:1234", "http://localhost:1234/v1"],
  ["api.example.com/v1", "https://api.example.com/v1"],
  ["a b", "https://api.openai.com/v1"],
])("the fault for %s names a good address", (baseUrl, address) => {
  expect(endpointFault({ ...endpointOf("custom"), baseUrl, model: "m" })).toContain(address);
});

const PAGE = () =>
  new Response("<!doctype html><title>Router</title>", {
    headers: { "Content-Type": "text/html" },
  });

test.each([
  ["a web page for everything", PAGE, PAGE, "answered with a web page instead"],
  ["a web page beside a list", LIST, PAGE, "answered with a web page instead"],
  ["text", LIST, () => new Response("OK"), "answered with something else instead"],
  ["other JSON", LIST, () => Response.json({ status: "ok" }), "answered with something else"],
  ["nothing", LIST, () => new Response(""), "answered with something else instead"],
])("a server that answers with %s has no model", async (_, list, reply, message) => {
  serving({
    "GET https://x.example/v1/models": list,
    "POST https://x.example/v1/chat/completions": reply,
  });

  const check = await checkEndpoint("https://x.example/v1", "sk-1", custom, "openai", "m-1");

  expect(check).toMatchObject({ problem: { kind: "wrong_url" } });
  expect((check as { problem: { message: string } }).problem.message).toContain(message);
});

test("a reply that comes as a stream is one", async () => {
  const reply = () => new Response('data: {"choices": []}\n\ndata: [DONE]\n\n');
  serving({ "POST https://x.example/v1/chat/completions": reply });

  const check = await checkEndpoint("https://x.example/v1", "sk-1", custom, "openai", "m-1");

  expect(check).toEqual({ models: [], asked: true });
});

test.each([
  [
    429,
    { error: { code: "insufficient_quota", message: "Pay" } },
    "sk-1",
    /quota .* used up \(429\)/,
  ],
  [402, { error: { message: "Insufficient Balance" } }, "sk-1", /quota .* used up \(402\)/],
  [400, { error: { message: "Your credit balance is too low" } }, "sk-1", /quota .* used up/],
  [429, { error: { message: "Quota exceeded, try again in 9s" } }, "sk-1", /no more requests/],
  [429, { error: { message: "Slow down" } }, "sk-1", /no more requests at the moment/],
  [401, { error: { message: "Incorrect API key" } }, "", /^x\.example wants a key \(401\)/],
  [403, {}, "", /^x\.example wants a key \(403\)/],
])("status %i with %j means the same in a list and a reply", async (status, body, key, said) => {
  const refusal = () => Response.json(body, { status });
  const places: Parameters<typeof serving>[0][] = [
    { "GET https://x.example/v1/models": refusal },
    {
      "GET https://x.example/v1/models": LIST,
      "POST https://x.example/v1/chat/completions": refusal,
    },
    { "POST https://x.example/v1/chat/completions": refusal },
  ];
  for (const answers of places) {
    serving(answers);
    const check = await checkEndpoint("https://x.example/v1", key, custom, "openai", "m-1");
    expect((check as { problem: { message: string } }).problem.message).toMatch(said);
  }
});

test("a model that the server has not is named with those that it has, the nearest first", async () => {
  const names = ["llama3", "mistral", "phi4", "gemma3", "gpt-oss", "qwen3-coder:30b", "tinyllama"];
  serving({
    "GET https://x.example/v1/models": () => Response.json({ data: names.map((id) => ({ id })) }),
    "POST https://x.example/v1/chat/completions": refused(404, "model not found"),
  });

  const check = await checkEndpoint("https://x.example/v1", "", custom, "openai", "qwen3-coder");

  expect((check as { problem: { advice: string } }).problem.advice).toMatch(
    /^It has qwen3-coder:30b, .* and 2 more\.$/,
  );
});

test("a request that the page's own policy blocks is not blamed on the server", async () => {
  vi.spyOn(globalThis, "fetch").mockImplementation(async (url) => {
    const blockedURI = url as string;
    setTimeout(() =>
      document.dispatchEvent(Object.assign(new Event("securitypolicyviolation"), { blockedURI })),
    );
    throw new TypeError("Failed to fetch");
  });

  const check = await checkEndpoint("http://192.168.1.20:1234/v1", "", custom);

  expect(check).toMatchObject({
    problem: {
      message:
        "This page's own policy does not let it call http://192.168.1.20:1234; the server was not asked.",
    },
  });
});
