/** The options of the agent that a person or a page can set: their defaults and ranges, and how
 *  they are read and changed. The options themselves are the fields of Python's `AgentSettings`. */
import type { AgentConfig, AgentSettings, Limits } from "../protocol";
import { part } from "../wire";
import { messageOf, SessionError } from "../api/error";
import { fieldsNamed } from "../api/names";

/** Some of the options, under the names of Python. */
export type AgentChanges = Partial<Omit<AgentSettings, "limits">> & { limits?: Partial<Limits> };

export interface Range {
  least: number;
  most: number;
}

export const defaultAgent: AgentSettings = part("AgentSettings", {});

/** The numbers that a person may enter. */
export const ranges = {
  max_steps: { least: 1, most: 100 },
  memory_size: { least: 1, most: 1000 },
  deadline_s: { least: 1, most: 3600 },
  planning_interval: { least: 1, most: 100 },
} satisfies { [Name in keyof AgentSettings]?: Range };

export const limitRanges: { [Name in keyof Limits]: Range } = {
  tokens: { least: 1, most: 1e9 },
  cost_usd: { least: 0, most: 1e6 },
  seconds: { least: 1, most: 1e6 },
};

/** Returns `agent` with the changes; everything else stays. */
export function changed(agent: AgentSettings, changes: AgentChanges): AgentSettings {
  return { ...agent, ...changes, limits: { ...agent.limits, ...changes.limits } };
}

/** Returns the options in which `after` differs from `before`. */
export function changesOf(before: AgentSettings, after: AgentSettings): AgentChanges {
  const { limits: _, ...changes } = differing(before, after);
  const limits = differing(before.limits, after.limits);
  return Object.keys(limits).length ? { ...changes, limits } : changes;
}

function differing<T extends object>(before: T, after: T): Partial<T> {
  const names = Object.keys(after) as (keyof T)[];
  const different = names.filter((name) => after[name] !== before[name]);
  return Object.fromEntries(different.map((name) => [name, after[name]])) as Partial<T>;
}

/** Returns `agent` with the options that a page gave. Throws a `SessionError` for a name that is
 *  none and for a value that an option cannot have. */
export function configured(agent: AgentSettings, config: AgentConfig): AgentSettings {
  const { limits: noLimits, ...known } = defaultAgent;
  try {
    const given = fieldsNamed(known, config, ["limits"]);
    const changes = { ...given, limits: fieldsNamed(noLimits, config.limits) };
    return part("AgentSettings", changed(agent, changes));
  } catch (error) {
    throw new SessionError("unsupported", messageOf(error));
  }
}

/** Reads options that were stored; the default where one is missing or malformed. */
export function readAgent(stored: Record<string, unknown>): AgentSettings {
  const approve = Array.isArray(stored.approve) ? stored.approve : [];
  const limits = typeof stored.limits === "object" ? { ...stored.limits } : {};
  return {
    ...defaultAgent,
    kind: stored.kind === "tool_calling" ? "tool_calling" : "code",
    instructions: typeof stored.instructions === "string" ? stored.instructions : "",
    structured_output: stored.structured_output === true,
    approve: approve.filter((name) => typeof name === "string"),
    ...within(ranges, stored),
    limits: { ...defaultAgent.limits, ...within(limitRanges, limits) },
  };
}

/** Returns those of the stored values that are numbers, each moved into its range. */
function within<Name extends string>(
  ranges: Record<Name, Range>,
  stored: Partial<Record<string, unknown>>,
): Partial<Record<Name, number>> {
  const numbers: Partial<Record<Name, number>> = {};
  for (const name in ranges) {
    const value = stored[name];
    const { least, most } = ranges[name];
    if (typeof value === "number" && Number.isFinite(value)) {
      numbers[name] = Math.min(Math.max(value, least), most);
    }
  }
  return numbers;
}
