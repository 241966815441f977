/** Writes the numbers of a run that has ended, for the line below it. */
import type { RunFinished } from "../../protocol";
import { cost, count, duration, plural } from "../../render/format";

type Numbers = Pick<RunFinished, "steps" | "token_usage" | "seconds">;

/** Returns steps, tokens, cost and time as texts. Zeros are left out; an unknown cost is named. */
export function factsOf({ steps, token_usage, seconds }: Numbers): string[] {
  const { input_tokens: input, output_tokens: output, cached_tokens: cached } = token_usage;
  const { estimated, cost_usd } = token_usage;
  const about = estimated ? "about " : "";
  const kept = cached ? ` (${count(cached)} cached)` : "";
  const used = input || output;
  return [
    plural(steps, "step"),
    used ? `${about}${count(input)} tokens in${kept}, ${count(output)} out` : "",
    cost_usd ? `${about}${cost(cost_usd)}` : "",
    used && cost_usd === null ? "cost unknown" : "",
    duration(seconds),
  ].filter(Boolean);
}
