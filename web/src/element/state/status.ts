/** Says in a few words what a run is doing now. */
import { count } from "../../render/format";
import { splitReply } from "../../render/reply";
import type { Step, StepItem, ToolItem, AgentRun, TaskRun } from "./run";

/** Returns what a run is doing; empty when it has ended. */
export function statusOf(run: AgentRun & Partial<Pick<TaskRun, "batch" | "pauses">>): string {
  if (run.phase === "finished" || run.phase === "interrupted") return "";
  if (run.phase === "waiting") return "Starting…";
  if (run.phase === "stopping") return "Stopping…";
  if (run.pauses?.size) return "Paused";
  const [question, ...more] = questionsIn(run);
  if (question) {
    const others = more.length ? ` and ${count(more.length)} more` : "";
    return question.question
      ? `Waiting for your answer${others}`
      : `Waiting for your permission: ${question.name}${others}`;
  }
  const step = run.steps.at(-1);
  if (!step) return "Starting…";
  return run.batch ? `${count(tasksDone(run))} of ${run.task} done…` : stepStatus(step);
}

/** Returns how many tasks of a batch have ended. */
export function tasksDone({ steps }: AgentRun): number {
  const ended = (item: StepItem) => item.kind === "tool" && item.seconds !== null;
  return steps.reduce((sum, { items }) => sum + items.filter(ended).length, 0);
}

/** Returns the calls that wait for the person, in the run and in the runs that it called. */
export function questionsIn(run: AgentRun): ToolItem[] {
  return openCalls(run.steps.at(-1)).flatMap((call) => [
    ...(call.approval === "asked" ? [call] : []),
    ...(call.run ? questionsIn(call.run) : []),
  ]);
}

function stepStatus(step: Step): string {
  switch (step.phase) {
    case "planning":
      return "Making a plan…";
    case "asking":
      if (!step.stream) return step.reasoning ? "The model is thinking…" : "Asking the model…";
      return splitReply(step.stream).code === null ? "The model is writing…" : "Writing code…";
    case "executing":
      return callStatus(openCalls(step));
    default:
      return "Asking the model…";
  }
}

function callStatus(calls: ToolItem[]): string {
  const [first] = calls;
  if (!first) return "Running the code…";
  if (calls.length > 1) return `Waiting for ${calls.length} calls…`;
  return first.run ? `${first.name} is working…` : `Waiting for ${first.name}…`;
}

function openCalls(step: Step | undefined): ToolItem[] {
  return (step?.items ?? []).filter(
    (item): item is ToolItem => item.kind === "tool" && item.seconds === null && !item.stopped,
  );
}
