/** Checks an endpoint as a person would: is the address right, is the key, is the model there? */
import type { Problem } from "../protocol";
import { originOf, type Provider, type WireFormat } from "../providers";
import { addressesFor } from "./base_url";
import { askOneToken } from "./model_check";
import { lists, nearest } from "./near_names";
import { isMixed, ownPolicy, watchPolicy } from "./page_policy";
import { aboutKey, problem, refusalIn, type Refusal } from "./refusals";

const TIMEOUT_MS = 10_000;

/** What an endpoint answered. */
export interface Answering {
  models: string[];
  /** The address that answers, if it is not the one that was given. */
  address?: string;
  /** Whether the model was asked too, so that the key is known to be good. */
  asked?: true;
}

export type Check = Answering | { problem: Problem };

/** Returns the models, or a problem; with `model`, only after that model has answered with one
 *  token. Never rejects. */
export async function checkEndpoint(
  typed: string,
  apiKey: string,
  provider: Provider,
  format: WireFormat = provider.format,
  model = "",
): Promise<Check> {
  const addresses = addressesFor(typed, format);
  const [first] = addresses;
  if (first === undefined) return { problem: noAddress(typed) };
  const list = await findList(addresses, typed, apiKey, provider, format);
  if ("problem" in list && list.problem.kind !== "unreachable") return list;
  const found: Answering = "problem" in list ? { models: [] } : list;
  if (model && provider.local && !("problem" in list)) return withModel(found, model);
  if (model && !provider.local) {
    const baseUrl = found.address ?? first;
    const headers = headersOf(format, apiKey, baseUrl);
    const keyed = apiKey !== "";
    const problem = await askOneToken({ baseUrl, format, model, headers, keyed });
    if (!problem) return { ...found, asked: true };
    if (problem.kind === "no_model") problem.advice = has(found.models, model);
    // Where nothing at all is served, the list's problem says more.
    if (!("problem" in list) || !/unreachable|no_model/.test(problem.kind)) return { problem };
  }
  return list;
}

/** Asks each address for its models, and returns the first list or else the first problem. */
async function findList(
  addresses: readonly string[],
  typed: string,
  apiKey: string,
  provider: Provider,
  format: WireFormat,
): Promise<Check> {
  const began = performance.now();
  let first: Check | null = null;
  for (const address of addresses) {
    const check = await askForList(address, apiKey, provider, format);
    if (!("problem" in check)) {
      return address === typed.trim().replace(/\/+$/, "") ? check : { ...check, address };
    }
    if (check.problem.kind !== "unreachable") return check;
    first ??= check;
    if (performance.now() - began >= TIMEOUT_MS) break; // nothing answers there at all
  }
  return first!;
}

async function askForList(
  baseUrl: string,
  apiKey: string,
  provider: Provider,
  format: WireFormat,
): Promise<Check> {
  const headers = headersOf(format, apiKey, baseUrl);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const url = `${baseUrl.replace(/\/+$/, "")}/models`;
  // The key must not follow a redirect to another origin.
  const options = { headers, signal, redirect: "error", referrerPolicy: "no-referrer" } as const;
  const policy = watchPolicy(url);
  try {
    const response = await fetch(url, options);
    if (!response.ok) {
      return { problem: meaningOf(await refusalIn(response, url, apiKey !== ""), url) };
    }
    const models = modelNames(await response.json());
    return models ? { models } : { problem: notJson(url) };
  } catch (error) {
    if (error instanceof SyntaxError) return { problem: notJson(url) };
    const blocked = await policy.blocks();
    return { problem: blocked ? ownPolicy(url) : silence(url, provider) };
  } finally {
    policy.end();
  }
}

/** A server on the person's own machine needs no key, and asking a model there would load it. */
function withModel(found: Answering, model: string): Check {
  if (!found.models.length || lists(found.models, model)) return found;
  const message = `The server answers, but it has no model ${model}.`;
  return { problem: problem("no_model", message, has(found.models, model)) };
}

function has(models: readonly string[], model: string): string {
  return models.length ? `It has ${nearest(models, model)}.` : "Check the name of the model.";
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

function noAddress(typed: string): Problem {
  return typed.trim()
    ? problem("no_address", `${typed.trim()} is not a web address.`, "It looks like https://….")
    : problem("no_address", "The address is missing.", "Enter the base URL of the endpoint.");
}

function meaningOf(refused: Refusal, url: string): Problem {
  const about = aboutKey(refused);
  if (about) return about;
  const { status } = refused;
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
  if (isMixed(url)) {
    const advice = "An https page may only call https addresses: use one in the base URL.";
    return problem("unreachable", message, advice);
  }
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

/** Returns the names in a list of models of any format; null when the answer is something else. */
function modelNames(answer: unknown): string[] | null {
  const { data, models } = (answer ?? {}) as { data?: unknown; models?: unknown };
  const listed = [data, models, answer].find((one) => Array.isArray(one));
  if (!listed) return null;
  return (listed as ({ id?: unknown; name?: unknown } | null)[])
    .map((model) => model?.id ?? model?.name)
    .filter((name) => typeof name === "string")
    .map((name) => name.replace(/^models\//, "")) // as Gemini writes them
    .sort();
}
