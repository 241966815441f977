import { expect, test } from "vitest";
import { factsOf } from "../../../web/src/element/state/facts";
import { cost } from "../../../web/src/render/format";
import { finished, usage } from "../support/messages";

test("costs are short, from zero to many dollars", () => {
  expect([0, 0.00002, 0.0031, 0.0412, 0.5, 12.345].map(cost)).toEqual([
    "$0.00",
    "< $0.0001",
    "$0.0031",
    "$0.0412",
    "$0.50",
    "$12.35",
  ]);
});

test("the cost follows the tokens, even an unknown one, and no tokens have no cost", () => {
  const known = finished({ token_usage: { ...usage, cost_usd: 0.0031 } });

  expect(factsOf(known)).toEqual(["1 step", "1,204 tokens in, 326 out", "$0.0031", "4.1 s"]);
  expect(factsOf(finished())[2]).toBe("cost unknown");
  const free = finished({ token_usage: { ...usage, cost_usd: 0 } });
  expect(factsOf(free)).toEqual(["1 step", "1,204 tokens in, 326 out", "4.1 s"]);
  const script = finished({ token_usage: { ...usage, input_tokens: 0, output_tokens: 0 } });
  expect(factsOf(script)).toEqual(["1 step", "4.1 s"]);
});

test("cached tokens are shown with the tokens that were sent", () => {
  const cached = finished({ token_usage: { ...usage, cached_tokens: 1100 } });

  expect(factsOf(cached)[1]).toBe("1,204 tokens in (1,100 cached), 326 out");
});

test("estimated numbers say so", () => {
  const guessed = finished({ token_usage: { ...usage, estimated: true, cost_usd: 0.02 } });

  expect(factsOf(guessed).slice(1, 3)).toEqual(["about 1,204 tokens in, 326 out", "about $0.0200"]);
});
