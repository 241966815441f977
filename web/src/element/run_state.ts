/**
 * A run as the screen needs it, and how an event changes it. Managed agents' runs stand in the tool
 * calls that started them.
 *
 * All is pure: what has not changed keeps its identity, so that a component renders again only
 * when its own part changed. `conversation.ts` calls this; it knows nothing of the DOM.
 */
import type {
  Bundle,
  ErrorInfo,
  Event,
  FileInfo,
  Notice,
  RunFinished,
  RunStarted,
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

/** A file that the code made. */
export interface ProducedFile {
  info: FileInfo;
  step: number;
  blob: Blob;
}

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
  /** Items beyond `STEP_ITEMS`, which are not kept. */
  hiddenItems: number;
  value: Bundle | null;
  error: ErrorInfo | null;
  /** Null while it runs. */
  seconds: number | null;
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
interface Caller {
  runId: string;
  callId: number;
}

/** A run with the managed agents' runs in it. */
export interface RunTree extends AgentRun {
  /** Id of a managed agent's run → the call that started it. */
  callers: ReadonlyMap<string, Caller>;
}

type Change = <R extends AgentRun>(run: R) => R;

export const newRun: AgentRun = {
  id: null,
  task: "",
  phase: "waiting",
  notices: [],
  steps: [],
  produced: [],
  result: null,
};

/** The tree after an event, which may be of any run in it. */
export function applyEvent<T extends RunTree>(tree: T, event: Event, buffers: ArrayBuffer[]): T {
  if (tree.phase === "finished") return tree;
  if (event.type === "run_started") return start(tree, event);
  // A late message of a run that was stopped must not touch the next one.
  if (event.type === "notice" && event.run_id === "") return addNotice(tree, event);
  return within(tree, event.run_id, (run) => applyToRun(run, event, buffers));
}

/** The tree after the person's word on a call. */
export function applyVerdict<T extends RunTree>(tree: T, caller: Caller, allowed: boolean): T {
  const approval = allowed ? "allowed" : "refused";
  return within(tree, caller.runId, (run) =>
    changeCall(run, caller.callId, (item) => ({ ...item, approval })),
  );
}

/** The run with its end; what was still open in it is over too. */
export function finish<R extends AgentRun>(run: R, result: RunFinished | null): R {
  return { ...run, phase: "finished", result, steps: run.steps.map(settle) };
}

function start<T extends RunTree>(tree: T, event: RunStarted): T {
  const { run_id: id, parent_run_id: runId, parent_call_id: callId } = event;
  if (runId === "") {
    return { ...tree, id, phase: tree.phase === "waiting" ? "running" : tree.phase };
  }
  if (callId === null) return tree;
  const run: ManagedRun = {
    ...newRun,
    id,
    task: event.task,
    phase: "running",
    agent: event.agent,
  };
  const begun = within(tree, runId, (caller) =>
    changeCall(caller, callId, (item) => ({ ...item, run })),
  );
  if (begun === tree) return tree;
  return { ...begun, callers: new Map(tree.callers).set(id, { runId, callId }) };
}

/** Changes the run with this id, wherever in the tree it is. */
function within<T extends RunTree>(tree: T, id: string, change: Change): T {
  if (id === tree.id) return change(tree);
  const caller = tree.callers.get(id);
  if (!caller) return tree;
  return within(tree, caller.runId, (run) =>
    changeCall(run, caller.callId, (item) =>
      item.run?.id === id ? { ...item, run: change(item.run) } : item,
    ),
  );
}

function applyToRun<R extends AgentRun>(
  run: R,
  event: Exclude<Event, RunStarted>,
  buffers: ArrayBuffer[],
): R {
  switch (event.type) {
    case "step_started":
      return startStep(run, event.step);
    case "notice":
      return addNotice(run, event);
    case "planned":
      return changePlan(run, event.step, () => ({ text: event.plan, seconds: event.seconds }));
    case "file_produced": {
      const file = produced(event.file, event.step, buffers[0]);
      const others = run.produced.filter((other) => other.info.path !== file.info.path);
      return { ...run, produced: [...others, file] };
    }
    case "run_finished":
      return finish(run, event);
    case "model_delta":
      if (event.channel === "plan") {
        return changePlan(run, event.step, (plan) => ({ ...plan, text: plan.text + event.text }));
      }
  }
  return changeStep(run, event.step, (step) => applyToStep(step, event));
}

type StepEvent = Exclude<
  Event,
  { type: "run_started" | "step_started" | "notice" | "planned" | "file_produced" | "run_finished" }
>;

function applyToStep(step: Step, event: StepEvent): Step {
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
      return addItem(
        { ...step, phase: "executing" },
        {
          kind: "tool",
          runId: event.run_id,
          callId: event.call_id,
          name: event.name,
          args: event.arguments,
          preview: "",
          error: null,
          seconds: null,
          stopped: false,
          approval: null,
          run: null,
        },
      );
    case "approval_requested":
      return changeItem(step, event.call_id, (item) => ({ ...item, approval: "asked" }));
    case "tool_finished":
      return changeItem(step, event.call_id, (item) => finishTool(item, event));
    case "step_finished": {
      const { value, error, seconds } = event;
      return { ...step, phase: error ? "failed" : "done", value, error, seconds };
    }
  }
}

// --- steps ---------------------------------------------------------------------------------------

function newStep(number: number, phase: Step["phase"], plan: Plan | null = null): Step {
  return {
    number,
    phase,
    plan,
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

function startStep<R extends AgentRun>(run: R, number: number): R {
  const last = run.steps.at(-1);
  return last?.phase === "planning" && last.number === number
    ? { ...run, steps: run.steps.with(-1, { ...last, phase: "asking" }) }
    : { ...run, steps: [...run.steps, newStep(number, "asking")] };
}

/** A plan comes ahead of its step, so it begins the step where it is not yet there. */
function changePlan<R extends AgentRun>(run: R, number: number, change: (plan: Plan) => Plan): R {
  const last = run.steps.at(-1);
  const begun = last?.phase === "planning" && last.number === number;
  const plan = change((begun ? last.plan : null) ?? { text: "", seconds: null });
  return begun
    ? { ...run, steps: run.steps.with(-1, { ...last, plan }) }
    : { ...run, steps: [...run.steps, newStep(number, "planning", plan)] };
}

function changeStep<R extends AgentRun>(run: R, number: number, change: (step: Step) => Step): R {
  const index = run.steps.findLastIndex((step) => step.number === number);
  const step = run.steps[index];
  return step ? { ...run, steps: run.steps.with(index, change(step)) } : run;
}

/** Nothing in it goes on any longer. */
function settle(step: Step): Step {
  const isOpen = (item: StepItem): item is ToolItem =>
    item.kind === "tool" && item.seconds === null && !item.stopped;
  if (!step.items.some(isOpen)) return step;
  const items = step.items.map((item) =>
    isOpen(item)
      ? {
          ...item,
          stopped: true,
          run: item.run && item.run.phase !== "finished" ? finish(item.run, null) : item.run,
        }
      : item,
  );
  return { ...step, items };
}

// --- what a step shows ---------------------------------------------------------------------------

function addItem(step: Step, item: StepItem): Step {
  return step.items.length < STEP_ITEMS
    ? { ...step, items: [...step.items, item] }
    : { ...step, hiddenItems: step.hiddenItems + 1 };
}

function addOutput(step: Step, { stream, text }: StepOutput): Step {
  const last = step.items.at(-1);
  if (last?.kind !== "output" || last.stream !== stream) {
    return addItem(step, { kind: "output", stream, ...cut(text, 0) });
  }
  const item: OutputItem = { ...last, ...cut(last.text + text, last.dropped) };
  return { ...step, items: step.items.with(-1, item) };
}

function cut(text: string, dropped: number): { text: string; dropped: number } {
  // Cut only when well over, so that a long stream is not copied at every chunk.
  if (text.length <= OUTPUT_CHARS * 1.5) return { text, dropped };
  return { text: text.slice(-OUTPUT_CHARS), dropped: dropped + text.length - OUTPUT_CHARS };
}

/** Changes the newest call of this number that has not ended. */
function changeItem(step: Step, callId: number, change: (item: ToolItem) => ToolItem): Step {
  const index = step.items.findLastIndex((item) => isCall(item, callId));
  const item = step.items[index];
  return item?.kind === "tool" ? { ...step, items: step.items.with(index, change(item)) } : step;
}

function changeCall<R extends AgentRun>(
  run: R,
  callId: number,
  change: (item: ToolItem) => ToolItem,
): R {
  const index = run.steps.findLastIndex(({ items }) => items.some((item) => isCall(item, callId)));
  const step = run.steps[index];
  return step ? { ...run, steps: run.steps.with(index, changeItem(step, callId, change)) } : run;
}

function isCall(item: StepItem, callId: number): boolean {
  return item.kind === "tool" && item.callId === callId && item.seconds === null;
}

function finishTool(item: ToolItem, { preview, error, seconds }: ToolFinished): ToolItem {
  const approval = item.approval === "asked" ? null : item.approval;
  return { ...item, preview, error, seconds, approval };
}

function addNotice<R extends AgentRun>(run: R, event: Notice): R {
  const notice: NoticeItem = { kind: "notice", level: event.level, message: event.message };
  const step = run.steps.at(-1);
  if (!step) return { ...run, notices: [...run.notices, notice] };
  return changeStep(run, step.number, (last) => addItem(last, notice));
}

function produced(info: FileInfo, step: number, bytes: ArrayBuffer | undefined): ProducedFile {
  return { info, step, blob: new Blob(bytes ? [bytes] : [], { type: info.media_type }) };
}
