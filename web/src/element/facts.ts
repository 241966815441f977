/** The numbers of a run that ended, as one reads them below it. */
import type { RunFinished } from "../protocol";
import { cost, count, duration, plural } from "../render/format";

/** Steps, tokens, cost and time; what is unknown or nothing is left out. */
export function factsOf({ steps, token_usage: usage, seconds }: RunFinished): string[] {
  const { input_tokens: input, output_tokens: output, estimated, cost_usd } = usage;
  const about = estimated ? "about " : "";
  return [
    plural(steps, "step"),
    input || output ? `${about}${count(input)} tokens in, ${count(output)} out` : "",
    cost_usd === null ? "" : `${about}${cost(cost_usd)}`,
    duration(seconds),
  ].filter(Boolean);
}
