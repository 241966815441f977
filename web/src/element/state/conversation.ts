/**
 * The conversation as the screen shows it, and the one function that changes it.
 *
 * `reduce` is pure, and unchanged parts keep their identity. Events come from the agent worker, the
 * other actions from the element. `run_reducer.ts` changes what is within a run.
 */
import type { Event, FileInfo, RunFinished } from "../../protocol";
import type { TaskRun } from "./run";
import {
  applyEvent,
  applyReply,
  applyVerdict,
  finish,
  interrupt,
  isOver,
  newRun,
} from "./run_reducer";

export interface Conversation {
  runs: readonly TaskRun[];
}

export type Action =
  | ({ type: "submitted"; files: FileInfo[] } & Pick<TaskRun, "key" | "task" | "model" | "batch">)
  | { type: "stopping" }
  | { type: "approved"; runId: string; callId: number; allowed: boolean }
  | { type: "replied"; runId: string; callId: number }
  | { type: "ended"; key: number; result: RunFinished }
  | { type: "interrupted" }
  | { type: "resuming" }
  | { type: "event"; event: Event; buffers: readonly (ArrayBuffer | Blob)[] };

export const emptyConversation: Conversation = { runs: [] };

/** Returns the conversation after `action`. */
export function reduce(state: Conversation, action: Action): Conversation {
  switch (action.type) {
    case "submitted":
      return { runs: [...state.runs, submitted(action)] };
    case "stopping":
      return changeLast(state, (run) => (isOver(run) ? run : { ...run, phase: "stopping" }));
    case "approved":
      return changeLast(state, (run) => applyVerdict(run, action, action.allowed));
    case "replied":
      return changeLast(state, (run) => applyReply(run, action));
    case "ended":
      return changeLast(state, (run) =>
        run.phase === "finished" || run.key !== action.key ? run : finish(run, action.result),
      );
    case "interrupted":
      return changeLast(state, interrupt);
    case "resuming":
      return changeLast(state, (run) =>
        run.phase === "interrupted" ? { ...run, phase: "running" } : run,
      );
    case "event":
      return changeLast(state, (run) => applyEvent(run, action.event, action.buffers));
  }
}

/** Returns the current run; null when none is running. */
export function activeRun(state: Conversation): TaskRun | null {
  const last = state.runs.at(-1);
  return last && !isOver(last) ? last : null;
}

/** Returns the last run if it was interrupted; null otherwise. */
export function interruptedRun(state: Conversation): TaskRun | null {
  const last = state.runs.at(-1);
  return last?.phase === "interrupted" ? last : null;
}

function submitted(action: Extract<Action, { type: "submitted" }>): TaskRun {
  const { key, task, files, model, batch } = action;
  return {
    ...newRun,
    key,
    task,
    inputs: files,
    model,
    batch,
    callers: new Map(),
    pauses: new Map(),
  };
}

function changeLast(state: Conversation, change: (run: TaskRun) => TaskRun): Conversation {
  const last = state.runs.at(-1);
  if (!last) return state;
  const changed = change(last);
  return changed === last ? state : { runs: [...state.runs.slice(0, -1), changed] };
}
