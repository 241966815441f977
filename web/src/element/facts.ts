/** The numbers of a run that ended, as one reads them below it. */
import type { RunFinished } from "../protocol";
import { cost, count, duration, plural } from "../render/format";

/** Steps, tokens, cost and time; what is nothing is left out, and an unknown cost told as such. */
export function factsOf({ steps, token_usage: usage, seconds }: RunFinished): string[] {
  const { input_tokens: input, output_tokens: output, estimated, cost_usd } = usage;
  const about = estimated ? "about " : "";
  const used = input || output;
  return [
    plural(steps, "step"),
    used ? `${about}${count(input)} tokens in, ${count(output)} out` : "",
    cost_usd ? `${about}${cost(cost_usd)}` : "",
    used && cost_usd === null ? "cost unknown" : "",
    duration(seconds),
  ].filter(Boolean);
}
