/** In a few words, what a run is doing now. */
import type { Run, Step } from "./conversation";
import { splitReply } from "../render/reply";

/** Empty when the run has ended. */
export function statusOf(run: Run): string {
  if (run.phase === "finished") return "";
  if (run.phase === "waiting") return "Starting…";
  if (run.phase === "stopping") return "Stopping…";
  const step = run.steps.at(-1);
  return step ? stepStatus(step) : "Starting…";
}

function stepStatus(step: Step): string {
  if (step.phase === "executing") {
    const call = step.items.findLast((item) => item.kind === "tool" && item.seconds === null);
    return call?.kind === "tool" ? `Waiting for ${call.name}…` : "Running the code…";
  }
  if (step.phase !== "asking") return "Asking the model…";
  if (!step.stream) return step.reasoning ? "The model is thinking…" : "Asking the model…";
  return splitReply(step.stream).code === null ? "The model is writing…" : "Writing code…";
}
