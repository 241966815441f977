/** Asks an OpenAI-compatible endpoint which models it has, to see that address and key work. */
import type { Problem } from "./protocol";
import type { Provider } from "./providers";

const TIMEOUT_MS = 10_000;

export type Check = { models: string[] } | { problem: Problem };

/** Never rejects: what went wrong comes back as a problem. */
export async function checkEndpoint(
  baseUrl: string,
  apiKey: string,
  provider: Provider,
): Promise<Check> {
  const headers: Record<string, string> = apiKey ? { Authorization: `Bearer ${apiKey}` } : {};
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
  return problem("unreachable", `What ${url} answered is no list of models.`, advice);
}

function silence(url: string, provider: Provider): Problem {
  const message = `No answer that this page may read came from ${url}.`;
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

/** The names in an OpenAI model list; empty when the answer is something else. */
function modelNames(answer: unknown): string[] {
  const { data } = (answer ?? {}) as { data?: unknown };
  if (!Array.isArray(data)) return [];
  return data
    .map((model: { id?: unknown } | null) => model?.id)
    .filter((id) => typeof id === "string")
    .sort();
}
