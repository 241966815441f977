/** What a page that embeds `<py-agent>` gives and gets: plain objects in JavaScript's spelling. */
import type { ProducedFile } from "./element/conversation";
import type { AgentSettings, Json, Problem, RunFinished } from "./protocol";
import { endpointOf, type ModelKind, type Settings } from "./settings";

export interface ModelConfig {
  /** A provider's id, `openai-compatible`, `local`, or `demo`. */
  provider?: string;
  /** The model's name; for `local` its id in models.json or the address of a GGUF file. */
  model?: string;
  baseUrl?: string;
  /** Kept in memory only, bound to the origin of `baseUrl`. */
  apiKey?: string;
}

export interface AgentConfig {
  /** Added to the agent's prompt. */
  instructions?: string;
  maxSteps?: number;
  /** Past tasks that the agent remembers; null for all. */
  memorySize?: number | null;
  /** Longest time one step's code may run, in seconds. */
  deadlineSeconds?: number;
}

export interface Config {
  model?: ModelConfig;
  agent?: AgentConfig;
}

/** How a task ended. */
export interface RunResult {
  output: Json;
  success: boolean;
  reason: RunFinished["reason"];
  /** Why there is no answer; null when there is one. */
  problem: Problem | null;
  steps: number;
  tokenUsage: { inputTokens: number; outputTokens: number; estimated: boolean };
  timing: { seconds: number };
  /** What the code made, newest version of each file. */
  files: { path: string; blob: Blob }[];
}

export function resultOf(finished: RunFinished, produced: ProducedFile[]): RunResult {
  const { output, success, reason, problem, steps, seconds, token_usage: usage } = finished;
  return {
    output,
    success,
    reason,
    problem,
    steps,
    tokenUsage: {
      inputTokens: usage.input_tokens,
      outputTokens: usage.output_tokens,
      estimated: usage.estimated,
    },
    timing: { seconds },
    files: produced.map(({ info, blob }) => ({ path: info.path, blob })),
  };
}

/** `settings` changed by `config`; what it does not name stays. */
export function withConfig(settings: Settings, config: Config): Settings {
  return {
    ...settings,
    ...(config.model ? withModel(settings, config.model) : {}),
    agent: withAgent(settings.agent, config.agent ?? {}),
  };
}

function withModel(settings: Settings, config: ModelConfig): Partial<Settings> {
  const kind = kindOf(config.provider) ?? (config.baseUrl ? "endpoint" : settings.kind);
  if (kind === "demo") return { kind };
  if (kind === "local") return { kind, local: config.model ?? settings.local };
  const provider = config.provider === "openai-compatible" ? "custom" : config.provider;
  const endpoint = provider ? endpointOf(provider) : settings.endpoint;
  return {
    kind: "endpoint",
    endpoint: {
      provider: endpoint.provider,
      baseUrl: config.baseUrl ?? endpoint.baseUrl,
      model: config.model ?? endpoint.model,
    },
  };
}

function kindOf(provider: string | undefined): ModelKind | null {
  if (!provider) return null;
  return provider === "demo" || provider === "local" ? provider : "endpoint";
}

function withAgent(agent: AgentSettings, config: AgentConfig): AgentSettings {
  return {
    instructions: config.instructions ?? agent.instructions,
    max_steps: config.maxSteps ?? agent.max_steps,
    memory_size: config.memorySize === undefined ? agent.memory_size : config.memorySize,
    deadline_s: config.deadlineSeconds ?? agent.deadline_s,
  };
}
