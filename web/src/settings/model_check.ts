/** Asks a model for one token, which shows whether the key is good: many endpoints tell anyone which
 *  models they have. */
import type { Problem } from "../protocol";
import type { WireFormat } from "../providers";
import { aboutKey, noReply, problem, refusalIn, type Refusal } from "./refusals";

/** A server may have to load its model first. */
const TIMEOUT_MS = 60_000;
/** The fields of a reply in each format, one of which every reply has. */
const REPLY_FIELDS: Record<WireFormat, string[]> = {
  openai: ["choices"],
  responses: ["output", "output_text"],
  anthropic: ["content"],
  gemini: ["candidates", "promptFeedback"],
};

export interface Asked {
  baseUrl: string;
  format: WireFormat;
  model: string;
  headers: Record<string, string>;
  /** Whether the headers hold a key. */
  keyed: boolean;
}

/** Returns what is wrong; null when the model answers. Never rejects. */
export async function askOneToken(asked: Asked): Promise<Problem | null> {
  try {
    const response = await post(asked, requestOf(asked));
    if (response.ok) return await faultOf(response, asked);
    const refused = await refusalIn(response, asked.baseUrl, asked.keyed);
    if (response.status === 400 && /max_completion_tokens/.test(refused.said)) {
      // This family of models refuses the older name of the limit.
      const second = await post(asked, requestOf(asked, "max_completion_tokens"));
      if (second.ok) return await faultOf(second, asked);
      return meaningOf(await refusalIn(second, asked.baseUrl, asked.keyed), asked.model);
    }
    return meaningOf(refused, asked.model);
  } catch {
    return {
      kind: "unreachable",
      message: `${asked.model} gave no answer that this page may read.`,
      advice: "Check the key, and whether the provider answers pages.",
    };
  }
}

/** Returns what is wrong with an answer of status 200; null when it is a reply. */
async function faultOf(response: Response, { baseUrl, format }: Asked): Promise<Problem | null> {
  const said = await response.text();
  return isReply(said, format) ? null : noReply(said, baseUrl);
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

/** Whether an answer with status 200 is a model's reply, whole or as a stream. */
function isReply(said: string, format: WireFormat): boolean {
  if (/^\s*(data|event|:)/.test(said)) return true;
  try {
    const answer = JSON.parse(said) as Record<string, unknown> | null;
    return REPLY_FIELDS[format].some((field) => field in Object(answer));
  } catch {
    return false;
  }
}

/** Returns what a refusal means; null when it shows that the model was reached. */
function meaningOf(refused: Refusal, model: string): Problem | null {
  const { status, said } = refused;
  const about = aboutKey(refused);
  if (about) return about;
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
