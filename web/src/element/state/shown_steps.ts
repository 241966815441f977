/** Chooses what is shown of a run, and counts its steps: a step that ended before the model said
 *  anything is not shown. */
import type { AgentRun, NoticeItem, Step } from "./run";

/** Returns the steps to show. */
export function stepsOf(run: AgentRun): readonly Step[] {
  if (run.phase !== "finished" || !run.steps.some(isEmpty)) return run.steps;
  return run.steps.filter((step) => !isEmpty(step));
}

/** Returns the number of steps, as every place of the screen says it: those that are shown with a
 *  number. A plan is no step, and neither is the answer that is asked for when the steps are used
 *  up. For a batch, returns the sum over its tasks. Without any steps, the result knows. */
export function stepCount(run: AgentRun & { batch?: boolean }): number {
  if (run.batch || !run.steps.length) return run.result?.steps ?? 0;
  return stepsOf(run).filter(isNumbered).length;
}

/** Whether a step counts, and has a number in its heading. */
export function isNumbered({ phase, isLastAnswer }: Step): boolean {
  return phase !== "planning" && !isLastAnswer;
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
