/** Asks an endpoint for its models, to check that the address and the key work. */
import type { Problem } from "../protocol";
import { originOf, type Provider, type WireFormat } from "../providers";

const TIMEOUT_MS = 10_000;

export type Check = { models: string[] } | { problem: Problem };

/** Returns the models, or a problem. Never rejects. */
export async function checkEndpoint(
  baseUrl: string,
  apiKey: string,
  provider: Provider,
  format: WireFormat = provider.format,
): Promise<Check> {
  const headers = headersOf(format, apiKey, baseUrl);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const url = `${baseUrl.replace(/\/+$/, "")}/models`;
  // The key must not follow a redirect to another origin.
  const options = { headers, signal, redirect: "error", referrerPolicy: "no-referrer" } as const;
  try {
    const response = await fetch(url, options);
    if (!response.ok) return { problem: refusal(response.status, url) };
    return { models: modelNames(await response.json()) };
  } catch (error) {
    if (error instanceof SyntaxError) return { problem: notJson(url) };
    return { problem: silence(url, provider) };
  }
}

function headersOf(format: WireFormat, key: string, baseUrl: string): Record<string, string> {
  if (format === "gemini") return key ? { "x-goog-api-key": key } : {};
  if (format !== "anthropic") return key ? { Authorization: `Bearer ${key}` } : {};
  const own = originOf(baseUrl) === "https://api.anthropic.com";
  return {
    "anthropic-version": "2023-06-01",
    ...(key ? { "x-api-key": key } : {}),
    // Anthropic answers pages only with this header; other servers may not know it.
    ...(own ? { "anthropic-dangerous-direct-browser-access": "true" } : {}),
  };
}

function refusal(status: number, url: string): Problem {
  if (status === 401 || status === 403) {
    return problem("wrong_key", `The provider refuses this key (${status}).`, "Check the key.");
  }
  if (status === 404) {
    return problem("unreachable", `There is no model list at ${url}.`, "Check the base URL.");
  }
  return problem(
    "server_error",
    `The provider answered with status ${status}.`,
    "Try again later.",
  );
}

function notJson(url: string): Problem {
  const advice = "Check the base URL; it usually ends in /v1.";
  return problem("unreachable", `The answer from ${url} is not a list of models.`, advice);
}

function silence(url: string, provider: Provider): Problem {
  const message = `This page got no answer from ${url} that it may read.`;
  if (provider.start) {
    return problem(
      "unreachable",
      message,
      `Is the server running? Start it with: ${provider.start}`,
    );
  }
  const advice = provider.needsKey
    ? "Check the key, the address and your connection: some providers refuse a wrong key this way."
    : "Check that the server runs and allows this page by CORS.";
  return problem("unreachable", message, advice);
}

function problem(kind: string, message: string, advice: string): Problem {
  return { kind, message, advice };
}

/** Returns the names in a list of models of any format; none when the answer is something else. */
function modelNames(answer: unknown): string[] {
  const { data, models } = (answer ?? {}) as { data?: unknown; models?: unknown };
  const listed = Array.isArray(data) ? data : Array.isArray(models) ? models : [];
  return listed
    .map((model: { id?: unknown; name?: unknown } | null) => model?.id ?? model?.name)
    .filter((name) => typeof name === "string")
    .map((name) => name.replace(/^models\//, "")) // as Gemini writes them
    .sort();
}
