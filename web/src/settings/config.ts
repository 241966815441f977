/** How a page changes the settings of its `<py-agent>`: by `configure` and by attributes. */
import { SessionError } from "../api/error";
import type { ReplyOptions } from "../api/session";
import type { AgentConfig, AgentSettings, ModelSettings, Problem } from "../protocol";
import { originOf, providerById, type WireFormat } from "../providers";
import { configured } from "./agent_options";
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

/** Words that a page may use as a provider, although no provider has them as its id. */
const NO_ID = ["local", "demo", "openai-compatible", "custom"];

export interface ModelConfig {
  /** A provider's id, `openai-compatible`, `local`, or `demo`. If it is missing and `baseUrl` has
   *  another origin than before, it is `openai-compatible`. */
  provider?: string;
  /** The model's name. For `local`: its id in models.json, the address of a GGUF file, the name of
   *  an ONNX model on the Hub (`owner/name`), or `builtin` for the browser's own. */
  model?: string;
  /** The address of the endpoint; by default, that of its provider. */
  baseUrl?: string;
  /** A key, kept in memory only and bound to the origin of `baseUrl`. It is used before the
   *  person's own key; an empty one removes it. */
  apiKey?: string;
  /** The format that the endpoint speaks; by default, that of its provider. */
  format?: WireFormat;
  /** `short` for a small model behind an endpoint: it has fewer tokens to read and worked
   *  examples. */
  promptStyle?: ModelSettings["prompt_style"];
  /** Whether the model thinks before it writes; null leaves that to the model. Only the formats
   *  `anthropic` and `gemini` can say it. */
  thinking?: boolean | null;
  /** The temperature of each reply; null for the default. The browser's own model ignores it. */
  temperature?: number | null;
  /** The longest reply, in tokens; null for the default. The browser's own model ignores it. */
  maxTokens?: number | null;
}

export interface Config {
  /** One model, or a list of models that act as one. Each model of a list begins with the defaults;
   *  earlier settings hold for none of them. At most one may be `local`, and none `demo`. */
  model?: ModelConfig | readonly ModelConfig[];
  /** Which model of a list is asked first; the others are asked when it fails. `first` (the
   *  default) takes the first one, `round_robin` each in turn, `least_loaded` the one with the
   *  fewest replies under way. */
  choose?: Settings["choose"];
  /** The agent's options. Those that are missing stay as they are. */
  agent?: AgentConfig;
}

/** The attributes of `<py-agent>` that are settings; null for a missing one. */
export interface Attributes {
  provider: string | null;
  model: string | null;
  baseUrl: string | null;
  agent: string | null;
}

function isAgentKind(kind: string | null): kind is AgentSettings["kind"] {
  return kind === "code" || kind === "tool_calling";
}

/** Returns what is wrong with the attributes; null when nothing is. */
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

/** Returns `settings` changed by the element's attributes. A model counts only with a provider or
 *  an address. An unknown agent changes nothing. An unknown provider becomes a model that is
 *  refused, so that no other model gets the tasks. */
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

/** Returns `settings` changed by `config`; everything else stays. Throws a `SessionError` for a
 *  list of models that cannot act as one. */
export function withConfig(settings: Settings, config: Config): Settings {
  const { model, choose } = config;
  if (choose !== undefined && !CHOOSE.includes(choose)) {
    const known = CHOOSE.map((word) => `"${word}"`).join(", ");
    throw refused(`"${choose}" is not a way to choose a model: use one of ${known}.`);
  }
  return {
    ...settings,
    ...(model &&
      (isList(model) ? withList(model) : { ...withModel(settings, model), ...noOthers })),
    ...(choose && { choose }),
    agent: configured(settings.agent, config.agent ?? {}),
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
    throw refused('Only one model can run in the tab: keep only one that is "local".');
  }
  if (models.length > 1 && models.some(({ provider }) => provider === "demo")) {
    throw refused("The demonstration always replies from a script: leave it out.");
  }
}

/** Returns the keys in `config` by the origin that each is for. `settings` already include
 *  `config`. Throws a `SessionError` for two keys of one origin. */
export function keysOf({ model }: Config, settings: Settings): Map<string, string> {
  const keys = new Map<string, string>();
  if (!model) return keys;
  const models = modelsOf(settings);
  for (const [index, { apiKey }] of (isList(model) ? model : [model]).entries()) {
    const { kind, endpoint } = models[index]!;
    if (apiKey === undefined || kind !== "endpoint") continue;
    const origin = originOf(endpoint.baseUrl);
    if (!origin) continue; // the next task reports what is wrong with the address
    if ((keys.get(origin) ?? apiKey) !== apiKey) {
      throw refused(
        `There are two keys for ${origin}, and each origin has only one: give one key.`,
      );
    }
    keys.set(origin, apiKey);
  }
  return keys;
}

/** Returns why a provider of this name cannot be used; null when its address is given. */
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

/** Returns what `config` changes in a model. */
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

/** Returns the provider that `config` brings; null when the old one stays. An address of another
 *  origin without a provider belongs to an unknown one. */
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
