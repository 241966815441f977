/** The options of the agent: one name on both sides, and each change by itself. */
import { expect, test } from "vitest";
import {
  changed,
  changesOf,
  configured,
  defaultAgent,
} from "../../../web/src/settings/agent_options";
import type { AgentConfig } from "../../../web/src/settings/agent_options";

test("an option has the name that Python gives it, in camel case", () => {
  const config: AgentConfig = { maxSteps: 7, deadlineS: 9, limits: { costUsd: 0.5 } };

  expect(configured(config)).toEqual({ max_steps: 7, deadline_s: 9, limits: { cost_usd: 0.5 } });
});

test("null counts only where an option may be null", () => {
  const config = { maxSteps: null, memorySize: null, limits: { tokens: null } } as unknown;

  expect(configured(config as AgentConfig)).toEqual({
    memory_size: null,
    limits: { tokens: null },
  });
});

test.each([
  [{ maxRunCost: 1 }, 'There is no option "maxRunCost".'],
  [{ limits: { cost: 1 } }, 'There is no option "cost". There are: tokens, costUsd, seconds.'],
])("an option that nobody knows is refused", (config, message) => {
  expect(() => configured(config as AgentConfig)).toThrow(message);
});

test("a limit changes alone", () => {
  const before = changed(defaultAgent, { limits: { tokens: 100 } });
  const after = changed(before, { limits: { cost_usd: 0.5 }, max_steps: 3 });

  expect(after.limits).toEqual({ tokens: 100, cost_usd: 0.5, seconds: null });
  expect(changesOf(before, after)).toEqual({ max_steps: 3, limits: { cost_usd: 0.5 } });
  expect(changesOf(after, after)).toEqual({});
});
