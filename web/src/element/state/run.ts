/**
 * The shapes of a run, its steps and what is in them, as the screen shows them. `run_reducer.ts` and
 * `step_reducer.ts` change them.
 */
import type { Bundle, ErrorInfo, FileInfo, RunFinished } from "../../protocol";

export interface OutputItem {
  kind: "output";
  stream: "stdout" | "stderr";
  text: string;
  /** The number of characters that were cut off at the start. */
  dropped: number;
}

export interface ToolItem {
  kind: "tool";
  /** The id of the run that made the call. */
  runId: string;
  callId: number;
  name: string;
  args: Record<string, unknown>;
  preview: string;
  error: ErrorInfo | null;
  /** Null while the call runs, and forever if the run ended first. */
  seconds: number | null;
  /** Whether the run ended before the call did. */
  stopped: boolean;
  /** What the code asks the person, if the call is its `input()`; null for a tool. */
  question: { prompt: string; secret: boolean } | null;
  /** The state of the question whether the tool may run; null when there was none. A question of
   *  the code is "asked" until the person has answered. */
  approval: "asked" | "allowed" | "refused" | null;
  /** Why the person is asked now; empty if every call of the tool is asked. */
  reason: string;
  /** The managed agent's run, if the call is one. */
  run: ManagedRun | null;
}

export interface DisplayItem {
  kind: "display";
  bundle: Bundle;
}

export interface NoticeItem {
  kind: "notice";
  level: "info" | "warning";
  message: string;
  /** About a request to the model that failed and is sent again; null for any other notice. */
  retry: Retry | null;
}

export interface Retry {
  /** The seconds from the notice to the next request. */
  inS: number;
  /** How many requests have failed one after the other. */
  times: number;
  /** Whether the model has answered, or the run has ended. */
  over: boolean;
}

export type StepItem = OutputItem | ToolItem | DisplayItem | NoticeItem;

/** The plan that the model made before a step. */
export interface Plan {
  text: string;
  /** Null while the plan is being made. */
  seconds: number | null;
}

export interface Step {
  number: number;
  /** Whether the steps are used up and only the best answer is asked for. It counts as no step. */
  isLastAnswer: boolean;
  /** A step is interrupted when the tab or the agent ended in it. */
  phase: "planning" | "asking" | "executing" | "done" | "failed" | "interrupted";
  plan: Plan | null;
  /** The model's reply while it streams; `thought` and `code` replace it. */
  stream: string;
  reasoning: string;
  thought: string | null;
  code: string | null;
  items: StepItem[];
  /** The number of items beyond `STEP_ITEMS`, which are not kept. */
  hiddenItems: number;
  value: Bundle | null;
  /** The names that the code set, with their values as short text. */
  variables: Record<string, string>;
  error: ErrorInfo | null;
  /** Null while the step runs. */
  seconds: number | null;
}

/** A file that the code made. */
export interface ProducedFile {
  info: FileInfo;
  step: number;
  blob: Blob;
}

/** The common part of a person's own run and a managed agent's. */
export interface AgentRun {
  /** Null until the agent worker has begun. */
  id: string | null;
  task: string;
  /** A run is interrupted when the tab ended before it did. It may be resumed. */
  phase: "waiting" | "running" | "stopping" | "interrupted" | "finished";
  /** The notices that came before the first step. */
  notices: NoticeItem[];
  steps: Step[];
  produced: ProducedFile[];
  /** Null while the run goes on, and forever if the calling run ended first. */
  result: RunFinished | null;
}

export interface ManagedRun extends AgentRun {
  agent: string;
}

/** A tool call of a run. */
export interface Caller {
  runId: string;
  callId: number;
}

/** A run that a person or the page started, with the managed agents' runs in it. */
export interface TaskRun extends AgentRun {
  /** The element's own number for the run. */
  key: number;
  inputs: FileInfo[];
  /** The name of the model, as the person knows it. */
  model: string;
  /** Whether the run is a batch, whose tasks are the calls in its steps. */
  batch: boolean;
  /** The call that started each managed agent's run, by the id of that run. */
  callers: ReadonlyMap<string, Caller>;
  /** Why the run waits, by the id of each run in it that is paused. */
  pauses: ReadonlyMap<string, string>;
}
