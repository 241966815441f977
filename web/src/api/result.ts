/** What a page passes to a run of its `<py-agent>` and gets back, with names in camel case. */
import type { Bundle, FileInfo, Json, Problem, RunFinished, TokenUsage, Totals } from "../protocol";
import type { RunOptions } from "./session";

/** Options of `run`. */
export interface TaskOptions extends RunOptions {
  /** Forget the conversation, the variables and the files first, as `clear` does. */
  reset?: boolean;
}

/** Tokens, as the provider counted them or as we estimated them. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  /** The part of `inputTokens` that the provider read from its cache. */
  cachedTokens: number;
  /** The part of `inputTokens` that the provider wrote into its cache, which may cost more. */
  cacheWriteTokens: number;
  estimated: boolean;
  /** In US dollars; null when no price is known. */
  cost: number | null;
}

/** Totals of all tasks of this visit. */
export interface AgentState {
  runs: number;
  steps: number;
  tokenUsage: Usage;
  /** In US dollars; null when the cost of any run is unknown. */
  cost: number | null;
  seconds: number;
}

/** How a task ended. */
export interface RunResult {
  output: Json;
  success: boolean;
  reason: RunFinished["reason"];
  /** Why there is no answer; null when there is one. */
  problem: Problem | null;
  steps: number;
  tokenUsage: Usage;
  /** In US dollars; null when no price is known. */
  cost: number | null;
  timing: { seconds: number };
  /** The answer as Python shows it, data by MIME type; null when there is none. */
  bundle: Bundle | null;
  /** The run's id in messages; empty when it never began. */
  runId: string;
  /** The files that the code made, each in its newest version. */
  files: { path: string; blob: Blob }[];
}

/** A file that a run made, with its bytes. */
type Made = { info: FileInfo; blob: Blob };

export function resultOf(finished: RunFinished, made: readonly Made[]): RunResult {
  const { output, success, reason, problem, steps, seconds, bundle } = finished;
  const tokenUsage = usageOf(finished.token_usage);
  return {
    output,
    success,
    reason,
    problem,
    steps,
    tokenUsage,
    cost: tokenUsage.cost,
    timing: { seconds },
    bundle,
    runId: finished.run_id,
    files: made.map(({ info, blob }) => ({ path: info.path, blob })),
  };
}

export function stateOf({ runs, steps, token_usage, seconds }: Totals): AgentState {
  const tokenUsage = usageOf(token_usage);
  return { runs, steps, tokenUsage, cost: tokenUsage.cost, seconds };
}

export function usageOf(usage: TokenUsage): Usage {
  return {
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    cachedTokens: usage.cached_tokens,
    cacheWriteTokens: usage.cache_write_tokens,
    estimated: usage.estimated,
    cost: usage.cost_usd,
  };
}
