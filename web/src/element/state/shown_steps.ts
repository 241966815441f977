/** Chooses what is shown of a run: a step that ended before the model said anything is not. */
import type { AgentRun, NoticeItem, Step } from "./run";

/** Returns the steps to show. */
export function stepsOf(run: AgentRun): readonly Step[] {
  if (run.phase !== "finished" || !run.steps.some(isEmpty)) return run.steps;
  return run.steps.filter((step) => !isEmpty(step));
}

/** Returns the notices of no step, or of a step that is not shown. */
export function noticesOf(run: AgentRun): readonly NoticeItem[] {
  if (run.phase !== "finished") return run.notices;
  const others = run.steps.filter(isEmpty).flatMap(({ items }) => items as NoticeItem[]);
  return others.length ? [...run.notices, ...others] : run.notices;
}

function isEmpty(step: Step): boolean {
  const { plan, stream, reasoning, thought, code, value, error, items, hiddenItems } = step;
  const said = plan || stream || reasoning || thought || code || value || error || hiddenItems;
  return !said && items.every(({ kind }) => kind === "notice");
}
