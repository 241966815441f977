/**
 * A run, its steps and what is in them, as the screen needs them: shapes only. `run_state.ts` and
 * `step_state.ts` change them.
 */
import type { Bundle, ErrorInfo, FileInfo, RunFinished } from "../../protocol";

export interface OutputItem {
  kind: "output";
  stream: "stdout" | "stderr";
  text: string;
  /** Characters that were cut off at the start. */
  dropped: number;
}

export interface ToolItem {
  kind: "tool";
  /** Of the run that made the call. */
  runId: string;
  callId: number;
  name: string;
  args: Record<string, unknown>;
  preview: string;
  error: ErrorInfo | null;
  /** Null while it runs, and for ever when its run ended before. */
  seconds: number | null;
  /** Its run ended before it did. */
  stopped: boolean;
  /** What became of the question whether it may run; null when nobody asked. */
  approval: "asked" | "allowed" | "refused" | null;
  /** The managed agent's run that it is. */
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
}

export type StepItem = OutputItem | ToolItem | DisplayItem | NoticeItem;

/** What the model planned ahead of a step. */
export interface Plan {
  text: string;
  /** Null while it is made. */
  seconds: number | null;
}

export interface Step {
  number: number;
  phase: "planning" | "asking" | "executing" | "done" | "failed";
  plan: Plan | null;
  /** The model's reply as it streams; `thought` and `code` replace it. */
  stream: string;
  reasoning: string;
  thought: string | null;
  code: string | null;
  items: StepItem[];
  /** How many beyond `STEP_ITEMS` are not kept. */
  hiddenItems: number;
  value: Bundle | null;
  error: ErrorInfo | null;
  /** Null while it runs. */
  seconds: number | null;
}

/** A file that the code made. */
export interface ProducedFile {
  info: FileInfo;
  step: number;
  blob: Blob;
}

/** What a person's own run and a managed agent's have in common. */
export interface AgentRun {
  /** Null until the agent worker has begun. */
  id: string | null;
  task: string;
  phase: "waiting" | "running" | "stopping" | "finished";
  /** What was told before the first step. */
  notices: NoticeItem[];
  steps: Step[];
  produced: ProducedFile[];
  /** Null while it runs, and for ever when the calling run ended before. */
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

/** A person's own run, with the managed agents' runs in it. */
export interface TaskRun extends AgentRun {
  /** The element's own number for it. */
  key: number;
  inputs: FileInfo[];
  /** Which one works, as the person knows it. */
  model: string;
  /** It stands for many tasks, which are the calls in its steps. */
  batch: boolean;
  /** Id of a managed agent's run → the call that started it. */
  callers: ReadonlyMap<string, Caller>;
}
