/** Asks a model for one token, which shows whether the key is good: many endpoints tell anyone which
 *  models they have. */
import type { Problem } from "../protocol";
import type { WireFormat } from "../providers";

/** A server may have to load its model first. */
const TIMEOUT_MS = 60_000;
/** The number of characters of an answer that are looked at. */
const SAID_CHARS = 2_000;

export interface Asked {
  baseUrl: string;
  format: WireFormat;
  model: string;
  headers: Record<string, string>;
}

/** Returns what is wrong; null when the model answers. Never rejects. */
export async function askOneToken(asked: Asked): Promise<Problem | null> {
  try {
    const response = await post(asked, requestOf(asked));
    if (response.ok) return null;
    const said = (await response.text()).slice(0, SAID_CHARS);
    if (response.status === 400 && /max_completion_tokens/.test(said)) {
      // This family of models refuses the older name of the limit.
      const second = await post(asked, requestOf(asked, "max_completion_tokens"));
      return second.ok ? null : refusal(second.status, await second.text(), asked);
    }
    return refusal(response.status, said, asked);
  } catch {
    return {
      kind: "unreachable",
      message: `${asked.model} gave no answer that this page may read.`,
      advice: "Check the key, and whether the provider answers pages.",
    };
  }
}

function post({ baseUrl, headers }: Asked, [path, body]: [string, object]): Promise<Response> {
  return fetch(baseUrl.replace(/\/+$/, "") + path, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
    redirect: "error", // the key must not follow a redirect to another origin
    referrerPolicy: "no-referrer",
  });
}

function requestOf({ format, model }: Asked, limit = "max_tokens"): [string, object] {
  const messages = [{ role: "user", content: "Hi" }];
  switch (format) {
    case "openai":
      return ["/chat/completions", { model, messages, [limit]: 1 }];
    case "responses":
      return ["/responses", { model, input: "Hi", max_output_tokens: 16 }]; // OpenAI's least
    case "anthropic":
      return ["/messages", { model, messages, max_tokens: 1 }];
    case "gemini": {
      const contents = [{ role: "user", parts: [{ text: "Hi" }] }];
      const name = encodeURIComponent(model.replace(/^models\//, ""));
      return [
        `/models/${name}:generateContent`,
        { contents, generationConfig: { maxOutputTokens: 1 } },
      ];
    }
  }
}

/** Returns what a refusal means; null when it shows that the model was reached. */
function refusal(status: number, said: string, { model }: Asked): Problem | null {
  const aboutKey = /api.?key|unauthori[sz]ed|authenticat|credential/i.test(said);
  if (status === 401 || status === 403 || (status === 400 && aboutKey)) {
    return problem("wrong_key", `The provider refuses this key (${status}).`, "Check the key.");
  }
  if (status === 402 || (status === 429 && /quota|credit|billing|balance/i.test(said))) {
    const message = `The key is right, but its account has no credit left (${status}).`;
    return problem("rate_limited", message, "Add credit, or choose another provider.");
  }
  if (status === 429) {
    return problem("rate_limited", "The provider is busy (429).", "Try again in a minute.");
  }
  const aboutModel = /model/i.test(said) && /not|exist|found|unknown|invalid|support/i.test(said);
  if (
    status === 404 ||
    ((status === 400 || status === 422) && aboutModel && !/token/i.test(said))
  ) {
    const message = `The provider has no model ${model} that this key may ask (${status}).`;
    return problem("no_model", message, "Check the name of the model.");
  }
  // A limit of one token is too small for some models; the key and the model are right then.
  if (status === 400 || status === 422) return null;
  return problem("server_error", `The model answered with status ${status}.`, "Try again later.");
}

function problem(kind: string, message: string, advice: string): Problem {
  return { kind, message, advice };
}
