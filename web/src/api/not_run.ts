/** The end of a run that the agent worker does not report: it never began, or the worker died. */
import type { Problem, RunFinished, TokenUsage, Totals } from "../protocol";

export const noUsage: TokenUsage = {
  input_tokens: 0,
  output_tokens: 0,
  cached_tokens: 0,
  cache_write_tokens: 0,
  estimated: false,
  cost_usd: null,
};

/** The totals of an agent that has not run a task yet. */
export const noTotals: Totals = {
  type: "totals",
  runs: 0,
  steps: 0,
  token_usage: noUsage,
  seconds: 0,
};

export function notRun(
  reason: "error" | "cancelled",
  problem: Problem | null,
  run_id = "",
): RunFinished {
  return {
    type: "run_finished",
    run_id,
    success: false,
    reason,
    output: null,
    bundle: null,
    problem,
    token_usage: noUsage,
    steps: 0,
    seconds: 0,
  };
}
