/** Settings as the page around `<py-agent>` changes them: by `configure`, and by attributes. */
import type { AgentSettings, ModelSettings, Problem } from "../protocol";
import { originOf, providerById, type WireFormat } from "../providers";
import type { ReplyOptions } from "../api/session";
import { SessionError } from "../api/error";
import {
  defaultModel,
  endpointOf,
  modelsOf,
  noOthers,
  type EndpointSettings,
  type ModelKind,
  type OneModel,
  type Settings,
} from "./settings";

const CHOOSE: readonly Settings["choose"][] = ["first", "round_robin", "least_loaded"];

/** What stands for a provider and is none's id. */
const NO_ID = ["local", "demo", "openai-compatible", "custom"];

export interface ModelConfig {
  /** A provider's id, `openai-compatible`, `local`, or `demo`. Without one an address of another
   *  origin is `openai-compatible`. */
  provider?: string;
  /** The model's name; for `local` its id in models.json, the address of a GGUF file, the name of
   *  an ONNX model on the Hub (`owner/name`), or `builtin` for the browser's own. */
  model?: string;
  baseUrl?: string;
  /** Kept in memory only, bound to the origin of `baseUrl`, before a key of the person's for it; an
   *  empty one takes it back. */
  apiKey?: string;
  /** How the endpoint is spoken to; by default as its provider is. */
  format?: WireFormat;
  /** `short` for a small model behind an endpoint: fewer tokens to read, and worked examples. */
  promptStyle?: ModelSettings["prompt_style"];
  /** Whether the model thinks before it writes, where its format lets that be said: `anthropic` and
   *  `gemini`. null leaves it to the model. */
  thinking?: boolean | null;
  /** Of each reply, except of the browser's own model; null for the usual. */
  temperature?: number | null;
  /** The longest that one reply may be, in the same way. */
  maxTokens?: number | null;
}

export interface AgentConfig {
  /** `code`, which writes Python, or `tool_calling`. */
  kind?: AgentSettings["kind"];
  /** Added to the agent's prompt. */
  instructions?: string;
  maxSteps?: number;
  /** Past tasks that the agent remembers; null for all. */
  memorySize?: number | null;
  /** Longest time one step's code may run, in seconds. */
  deadlineSeconds?: number;
  /** A plan before the first step and again after every so many; null for none. */
  planningInterval?: number | null;
  /** Ask a `code` agent's model for JSON that holds the code, where it follows a schema. */
  structuredOutput?: boolean;
  /** Tools that the person is asked about before they run; `*` for all. */
  approve?: string[];
  /** What one task may use; null for no limit. The cost is in US dollars. */
  maxRunTokens?: number | null;
  maxRunCost?: number | null;
  maxRunSeconds?: number | null;
}

export interface Config {
  /** The models of a list stand as one. Each of them begins with the defaults, the first as well:
   *  what was set before holds for none. At most one may be `local`, and none `demo`. */
  model?: ModelConfig | readonly ModelConfig[];
  /** Which of a list is asked first, the rest where it fails: the `first`, as without a word; each
   *  in turn, `round_robin`; or who has the fewest replies under way, `least_loaded`. */
  choose?: Settings["choose"];
  agent?: AgentConfig;
}

/** The attributes of `<py-agent>` that stand for settings; null where they are missing. */
export interface Attributes {
  provider: string | null;
  model: string | null;
  baseUrl: string | null;
  agent: string | null;
}

function isAgentKind(kind: string | null): kind is AgentSettings["kind"] {
  return kind === "code" || kind === "tool_calling";
}

/** What is wrong with the attributes; null when nothing is. */
export function faultOf({ provider, baseUrl, agent }: Attributes): Problem | null {
  const faults = [unknownAgent(agent), unknownProvider(provider, baseUrl)].filter(
    (fault) => fault !== null,
  );
  if (!faults.length) return null;
  const message = faults.map((fault) => fault.message).join(" ");
  return { kind: "unsupported", message, advice: faults.map(({ advice }) => advice).join(" ") };
}

function unknownAgent(kind: string | null): SessionError | null {
  if (kind === null || isAgentKind(kind)) return null;
  const message = `There is no agent of the kind "${kind}".`;
  return new SessionError("unsupported", message, 'There are "code" and "tool_calling".');
}

/** `settings` changed by the element's attributes. Without provider and address, a model is none.
 *  An agent that nobody knows changes nothing; a provider that nobody knows stands for a model that
 *  is refused, so that no other one gets the tasks. */
export function withAttributes(settings: Settings, attributes: Attributes): Settings {
  const { provider, model, baseUrl, agent } = attributes;
  const isKnown = !unknownProvider(provider, baseUrl);
  const before = isKnown ? settings : { ...settings, ...refusedModel(provider!, model) };
  const named: ModelConfig = {
    provider: provider ?? "openai-compatible",
    ...(model === null ? {} : { model }),
    ...(baseUrl === null ? {} : { baseUrl }),
  };
  return withConfig(before, {
    ...((provider || baseUrl) && isKnown ? { model: named } : {}),
    ...(isAgentKind(agent) ? { agent: { kind: agent } } : {}),
  });
}

function refusedModel(provider: string, model: string | null): Partial<Settings> {
  const endpoint = { ...endpointOf("custom"), provider, model: model ?? "" };
  return { kind: "endpoint", endpoint, ...noOthers };
}

/** `settings` changed by `config`; what it does not name stays. Throws a `SessionError` for a list
 *  that cannot stand as one model. */
export function withConfig(settings: Settings, config: Config): Settings {
  const { model, choose } = config;
  if (choose !== undefined && !CHOOSE.includes(choose)) {
    const known = CHOOSE.map((word) => `"${word}"`).join(", ");
    throw refused(`There is no way to choose that is called "${choose}": say one of ${known}.`);
  }
  return {
    ...settings,
    ...(model &&
      (isList(model) ? withList(model) : { ...withModel(settings, model), ...noOthers })),
    ...(choose && { choose }),
    agent: withAgent(settings.agent, config.agent ?? {}),
  };
}

function withList(models: readonly ModelConfig[]): Partial<Settings> {
  checkList(models);
  const [first, ...others] = models.map((model) => withModel(defaultModel, model));
  return {
    ...first,
    ...noOthers,
    others: others.map((other) => ({ ...defaultModel, ...other })),
  };
}

function checkList(models: readonly ModelConfig[]): void {
  if (!models.length) throw refused("The list of models is empty: give at least one.");
  if (models.filter(({ provider }) => provider === "local").length > 1) {
    throw refused('Only one model can run in the tab: of those that are "local" keep one.');
  }
  if (models.length > 1 && models.some(({ provider }) => provider === "demo")) {
    throw refused("The demonstration replies from a script, whatever is asked: leave it out.");
  }
}

/** The keys that came with `config`, by the origin that each is for. Throws a `SessionError` for
 *  two of one origin. `settings` are what `config` made of them. */
export function keysOf({ model }: Config, settings: Settings): Map<string, string> {
  const keys = new Map<string, string>();
  if (!model) return keys;
  const models = modelsOf(settings);
  for (const [index, { apiKey }] of (isList(model) ? model : [model]).entries()) {
    const { kind, endpoint } = models[index]!;
    if (apiKey === undefined || kind !== "endpoint") continue;
    const origin = originOf(endpoint.baseUrl);
    if (!origin) continue; // what is wrong with the address is told when it is used
    if ((keys.get(origin) ?? apiKey) !== apiKey) {
      throw refused(`There are two keys for ${origin}, and a page has one for each: give one key.`);
    }
    keys.set(origin, apiKey);
  }
  return keys;
}

/** Why nothing can be asked of a provider of this name; null where its address is told. */
export function unknownProvider(
  name?: string | null,
  baseUrl?: string | null,
): SessionError | null {
  if (!name || baseUrl || NO_ID.includes(name) || providerById(name).baseUrl) return null;
  return new SessionError(
    "unsupported",
    `There is no provider "${name}" that we know.`,
    "Give its address, the base URL, or the id of one in the documentation, such as openai.",
  );
}

function isList(model: ModelConfig | readonly ModelConfig[]): model is readonly ModelConfig[] {
  return Array.isArray(model);
}

function refused(message: string): SessionError {
  return new SessionError("unsupported", message);
}

/** What `config` changes of a model. */
function withModel(before: OneModel, config: ModelConfig): Partial<OneModel> {
  const unknown = unknownProvider(config.provider, config.baseUrl);
  if (unknown) throw unknown;
  const kind = kindOf(config.provider) ?? (config.baseUrl ? "endpoint" : before.kind);
  const reply = withReply(before.reply, config);
  if (kind === "demo") return { kind, reply };
  if (kind === "local") return { kind, reply, local: config.model ?? before.local };
  const provider = providerOf(before.endpoint, config);
  const endpoint = provider ? endpointOf(provider) : before.endpoint;
  const { thinking = endpoint.thinking } = config;
  return {
    kind: "endpoint",
    reply,
    endpoint: {
      provider: endpoint.provider,
      baseUrl: config.baseUrl ?? endpoint.baseUrl,
      model: config.model ?? endpoint.model,
      format: config.format ?? endpoint.format,
      promptStyle: config.promptStyle ?? endpoint.promptStyle,
      thinking,
    },
  };
}

/** The provider that `config` brings; null where it stays. An address elsewhere is of none that we
 *  know, unless one is named with it. */
function providerOf(before: EndpointSettings, { provider, baseUrl }: ModelConfig): string | null {
  if (provider) return provider === "openai-compatible" ? "custom" : provider;
  const moves = baseUrl && originOf(baseUrl) !== originOf(before.baseUrl);
  return moves && before.provider !== "custom" ? "custom" : null;
}

function kindOf(provider: string | undefined): ModelKind | null {
  if (!provider) return null;
  return provider === "demo" || provider === "local" ? provider : "endpoint";
}

function withReply(reply: ReplyOptions, config: ModelConfig): ReplyOptions {
  const { temperature = reply.temperature, maxTokens = reply.maxTokens } = config;
  return { temperature, maxTokens };
}

function withAgent(agent: AgentSettings, config: AgentConfig): AgentSettings {
  const {
    memorySize = agent.memory_size,
    planningInterval = agent.planning_interval,
    maxRunTokens = agent.max_run_tokens,
    maxRunCost = agent.max_run_cost_usd,
    maxRunSeconds = agent.max_run_seconds,
  } = config;
  return {
    kind: config.kind ?? agent.kind,
    instructions: config.instructions ?? agent.instructions,
    max_steps: config.maxSteps ?? agent.max_steps,
    memory_size: memorySize,
    deadline_s: config.deadlineSeconds ?? agent.deadline_s,
    planning_interval: planningInterval,
    structured_output: config.structuredOutput ?? agent.structured_output,
    approve: config.approve ?? agent.approve,
    max_run_tokens: maxRunTokens,
    max_run_cost_usd: maxRunCost,
    max_run_seconds: maxRunSeconds,
  };
}
