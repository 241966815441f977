/** The options of the agent: one name on both sides, and each change by itself. */
import { expect, test } from "vitest";
import { SessionError } from "../../../web/src/api/error";
import type { AgentConfig, AgentSettings } from "../../../web/src/protocol";
import {
  changed,
  changesOf,
  configured,
  defaultAgent,
} from "../../../web/src/settings/agent_options";

function configuredWith(config: unknown): AgentSettings {
  return configured(defaultAgent, config as AgentConfig);
}

test("an option has the name that Python gives it, in camel case", () => {
  const agent = configuredWith({ maxSteps: 7, deadlineS: 9, limits: { costUsd: 0.5 } });

  expect(agent).toMatchObject({ max_steps: 7, deadline_s: 9 });
  expect(agent.limits).toEqual({ tokens: null, cost_usd: 0.5, seconds: null });
});

test("null and undefined count only where an option may be null", () => {
  const before = changed(defaultAgent, { memory_size: 3, limits: { tokens: 5 } });
  const config = { maxSteps: null, memorySize: null, deadlineS: undefined, limits: null };

  const agent = configured(before, config as unknown as AgentConfig);
  expect(agent).toEqual({ ...before, memory_size: null });
  expect(configured(before, { limits: { tokens: null } }).limits.tokens).toBeNull();
});

test("options are read through getters and prototypes too", () => {
  class Options {
    get maxSteps() {
      return 7;
    }
  }

  expect(configuredWith(new Options()).max_steps).toBe(7);
});

test.each([
  [{ maxRunCost: 1 }, 'There is no option "maxRunCost". There are: kind,'],
  [{ maxRunCost: 1 }, ", limits."],
  [{ limits: { cost: 1 } }, 'There is no option "cost". There are: tokens, costUsd, seconds.'],
  [{ limits: 1000 }, "Options are an object, not 1000."],
  [{ limits: [] }, "Options are an object, not []."],
  [{ maxSteps: "7" }, "AgentSettings.max_steps: expected an integer"],
  [{ deadlineS: NaN }, "AgentSettings.deadline_s: expected a number"],
  [{ kind: "foo" }, "AgentSettings.kind: expected one of code, tool_calling"],
  [{ limits: { tokens: "100" } }, "AgentSettings.limits.tokens: expected an integer"],
  [{ __proto__: null, constructor: 1 }, 'There is no option "constructor".'],
])("options that cannot be are refused: %j", (config, message) => {
  expect(() => configuredWith(config)).toThrow(message);
  expect(() => configuredWith(config)).toThrow(SessionError);
});

test("a limit changes alone", () => {
  const before = changed(defaultAgent, { limits: { tokens: 100 } });
  const after = changed(before, { limits: { cost_usd: 0.5 }, max_steps: 3 });

  expect(after.limits).toEqual({ tokens: 100, cost_usd: 0.5, seconds: null });
  expect(changesOf(before, after)).toEqual({ max_steps: 3, limits: { cost_usd: 0.5 } });
  expect(changesOf(after, after)).toEqual({});
});
