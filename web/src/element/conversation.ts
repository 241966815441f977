/**
 * The conversation as the screen needs it, and the one function that changes it.
 *
 * `reduce` is pure: what has not changed keeps its identity, so that a component renders again
 * only when its own part changed. Messages come from the agent worker; the other actions from the
 * element. It knows nothing of the DOM.
 */
import type {
  Bundle,
  ErrorInfo,
  Event,
  FileInfo,
  Notice,
  RunFinished,
  StepOutput,
  ToolFinished,
} from "../protocol";

/** Printed text that is kept for one block; of longer text the end is kept. */
export const OUTPUT_CHARS = 200_000;
/** Outputs, tool calls, results and files that one step shows. */
export const STEP_ITEMS = 300;

export interface OutputItem {
  kind: "output";
  stream: "stdout" | "stderr";
  text: string;
  /** Characters that were cut off at the start. */
  dropped: number;
}

export interface ToolItem {
  kind: "tool";
  callId: number;
  name: string;
  args: Record<string, unknown>;
  preview: string;
  error: ErrorInfo | null;
  /** Null while it runs. */
  seconds: number | null;
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

/** A file that the code made. */
export interface ProducedFile {
  info: FileInfo;
  step: number;
  blob: Blob;
}

export interface Step {
  number: number;
  phase: "asking" | "executing" | "done" | "failed";
  /** The model's reply as it streams; `thought` and `code` replace it. */
  stream: string;
  reasoning: string;
  thought: string | null;
  code: string | null;
  items: StepItem[];
  /** Items beyond `STEP_ITEMS`, which are not kept. */
  hiddenItems: number;
  value: Bundle | null;
  error: ErrorInfo | null;
  /** Null while it runs. */
  seconds: number | null;
}

/** Which model works, as the person chose it. */
export interface ModelLabel {
  name: string;
  demo: boolean;
}

export interface Run {
  /** The element's own number for it. */
  key: number;
  /** Null until the agent worker has begun. */
  id: string | null;
  task: string;
  inputs: FileInfo[];
  model: ModelLabel;
  phase: "waiting" | "running" | "stopping" | "finished";
  /** What was told before the first step. */
  notices: NoticeItem[];
  steps: Step[];
  produced: ProducedFile[];
  result: RunFinished | null;
}

export interface Conversation {
  runs: readonly Run[];
}

export type Action =
  | { type: "submitted"; key: number; task: string; files: FileInfo[]; model: ModelLabel }
  | { type: "stopping" }
  | { type: "ended"; key: number; result: RunFinished }
  | { type: "cleared" }
  | { type: "event"; event: Event; buffers: ArrayBuffer[] };

export const emptyConversation: Conversation = { runs: [] };

/** The conversation after `action`. */
export function reduce(state: Conversation, action: Action): Conversation {
  switch (action.type) {
    case "submitted":
      return { runs: [...state.runs, newRun(action)] };
    case "stopping":
      return changeLast(state, (run) =>
        run.phase === "finished" ? run : { ...run, phase: "stopping" },
      );
    case "ended":
      return changeLast(state, (run) =>
        run.phase === "finished" || run.key !== action.key
          ? run
          : { ...run, phase: "finished", result: action.result },
      );
    case "cleared":
      return emptyConversation;
    case "event":
      return changeLast(state, (run) => applyEvent(run, action.event, action.buffers));
  }
}

/** The run that is going on, if one is. */
export function activeRun(state: Conversation): Run | null {
  const last = state.runs.at(-1);
  return last && last.phase !== "finished" ? last : null;
}

function newRun(action: Extract<Action, { type: "submitted" }>): Run {
  return {
    key: action.key,
    id: null,
    task: action.task,
    inputs: action.files,
    model: action.model,
    phase: "waiting",
    notices: [],
    steps: [],
    produced: [],
    result: null,
  };
}

function changeLast(state: Conversation, change: (run: Run) => Run): Conversation {
  const last = state.runs.at(-1);
  if (!last) return state;
  const changed = change(last);
  return changed === last ? state : { runs: [...state.runs.slice(0, -1), changed] };
}

function applyEvent(run: Run, event: Event, buffers: ArrayBuffer[]): Run {
  if (run.phase === "finished") return run;
  if (event.type === "run_started") {
    const phase = run.phase === "waiting" ? "running" : run.phase;
    return { ...run, id: event.run_id, phase };
  }
  // A late message of a run that was stopped must not touch the next one.
  if (event.run_id !== run.id && !(event.type === "notice" && event.run_id === "")) return run;
  switch (event.type) {
    case "step_started":
      return { ...run, steps: [...run.steps, newStep(event.step)] };
    case "notice":
      return addNotice(run, event);
    case "file_produced": {
      const file = produced(event.file, event.step, buffers[0]);
      const others = run.produced.filter((other) => other.info.path !== file.info.path);
      return { ...run, produced: [...others, file] };
    }
    case "run_finished":
      return { ...run, phase: "finished", result: event };
    default:
      return changeStep(run, event.step, (step) => applyStepEvent(step, event));
  }
}

type StepEvent = Exclude<
  Event,
  { type: "run_started" | "step_started" | "notice" | "file_produced" | "run_finished" }
>;

function applyStepEvent(step: Step, event: StepEvent): Step {
  switch (event.type) {
    case "model_delta":
      return event.channel === "reasoning"
        ? { ...step, reasoning: step.reasoning + event.text }
        : { ...step, stream: step.stream + event.text };
    case "model_replied": {
      const { thought, code } = event;
      return { ...step, phase: code ? "executing" : step.phase, thought, code };
    }
    case "step_output":
      return addOutput(step, event);
    case "step_display":
      return addItem(step, { kind: "display", bundle: event.bundle });
    case "tool_started":
      return addItem(step, {
        kind: "tool",
        callId: event.call_id,
        name: event.name,
        args: event.arguments,
        preview: "",
        error: null,
        seconds: null,
      });
    case "tool_finished":
      return { ...step, items: step.items.map((item) => finishTool(item, event)) };
    case "step_finished": {
      const { value, error, seconds } = event;
      return { ...step, phase: error ? "failed" : "done", value, error, seconds };
    }
  }
}

function newStep(number: number): Step {
  return {
    number,
    phase: "asking",
    stream: "",
    reasoning: "",
    thought: null,
    code: null,
    items: [],
    hiddenItems: 0,
    value: null,
    error: null,
    seconds: null,
  };
}

function changeStep(run: Run, number: number, change: (step: Step) => Step): Run {
  const index = run.steps.findLastIndex((step) => step.number === number);
  const step = run.steps[index];
  return step ? { ...run, steps: run.steps.with(index, change(step)) } : run;
}

function addItem(step: Step, item: StepItem): Step {
  if (step.items.length >= STEP_ITEMS) return { ...step, hiddenItems: step.hiddenItems + 1 };
  return { ...step, items: [...step.items, item] };
}

function addOutput(step: Step, event: StepOutput): Step {
  const last = step.items.at(-1);
  if (last?.kind !== "output" || last.stream !== event.stream) {
    return addItem(step, { kind: "output", stream: event.stream, ...capped(event.text, 0) });
  }
  const merged = { ...last, ...capped(last.text + event.text, last.dropped) };
  return { ...step, items: step.items.with(-1, merged) };
}

function capped(text: string, dropped: number): { text: string; dropped: number } {
  // Cut only when well over, so that a long stream is not copied at every chunk.
  if (text.length <= OUTPUT_CHARS * 1.5) return { text, dropped };
  return { text: text.slice(-OUTPUT_CHARS), dropped: dropped + text.length - OUTPUT_CHARS };
}

function finishTool(item: StepItem, event: ToolFinished): StepItem {
  if (item.kind !== "tool" || item.callId !== event.call_id || item.seconds !== null) return item;
  const { preview, error, seconds } = event;
  return { ...item, preview, error, seconds };
}

function addNotice(run: Run, event: Notice): Run {
  const notice: NoticeItem = { kind: "notice", level: event.level, message: event.message };
  const step = run.steps.at(-1);
  if (!step) return { ...run, notices: [...run.notices, notice] };
  return changeStep(run, step.number, (last) => addItem(last, notice));
}

function produced(info: FileInfo, step: number, bytes: ArrayBuffer | undefined): ProducedFile {
  return { info, step, blob: new Blob(bytes ? [bytes] : [], { type: info.media_type }) };
}
