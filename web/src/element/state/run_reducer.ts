/**
 * Changes a run by an event. A managed agent's run is inside the tool call that started it.
 *
 * Every function is pure, and unchanged parts keep their identity, so that a component renders
 * again only when its own part changed. `conversation.ts` calls this; it knows nothing of the DOM.
 */
import type {
  Event,
  FileInfo,
  Notice,
  PauseEnded,
  RunFinished,
  RunPaused,
  RunResumed,
  RunStarted,
} from "../../protocol";
import type {
  NoticeItem,
  Plan,
  Step,
  StepItem,
  ToolItem,
  AgentRun,
  Caller,
  ManagedRun,
  ProducedFile,
  TaskRun,
} from "./run";
import {
  addNoticeItem,
  applyToStep,
  callOf,
  changeItem,
  dropReply,
  endRetry,
  isCall,
  mergedRetry,
  newStep,
  unhide,
} from "./step_reducer";

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

/** Returns the tree after an event, which may be of any run in it. */
export function applyEvent(
  tree: TaskRun,
  event: Event,
  buffers: readonly (ArrayBuffer | Blob)[],
): TaskRun {
  if (isOver(tree)) return tree;
  if (event.type === "run_started") return start(tree, event);
  // A late message of a run that was stopped must not touch the next one.
  if (event.type === "notice" && event.run_id === "") return addNotice(tree, event);
  if (event.type === "run_paused") return pause(tree, event);
  const going = goneOn(tree, event);
  if (event.type === "pause_ended") return within(going, event.run_id, (run) => told(run, event));
  return within(going, event.run_id, (run) => applyToRun(run, event, buffers));
}

function pause(tree: TaskRun, { run_id: id, message }: RunPaused): TaskRun {
  return { ...tree, pauses: new Map(tree.pauses).set(id, message) };
}

/** Ends the pause of a run, which whatever it does shows to be over. A run that is resumed has none
 *  of the runs in it any more. */
function goneOn(tree: TaskRun, event: Exclude<Event, RunStarted | RunPaused>): TaskRun {
  const { run_id: id } = event;
  if (event.type === "pause_ended" && event.reason === "asleep") return tree;
  if (event.type === "run_resumed" && id === tree.id) return { ...tree, pauses: new Map() };
  if (!tree.pauses.has(id)) return tree;
  const pauses = new Map(tree.pauses);
  pauses.delete(id);
  return { ...tree, pauses };
}

function told<R extends AgentRun>(run: R, { run_id, message }: PauseEnded): R {
  const notice = { level: "info", retry_in_s: null, drops_reply: false } as const;
  return addNotice(run, { type: "notice", run_id, message, ...notice });
}

/** Returns the tree after the person's decision about a call. */
export function applyVerdict(tree: TaskRun, caller: Caller, allowed: boolean): TaskRun {
  const approval = allowed ? "allowed" : "refused";
  return within(tree, caller.runId, (run) =>
    changeCall(run, caller.callId, (item) => ({ ...item, approval })),
  );
}

/** Returns the tree after the person's answer to a question of the code. */
export function applyReply(tree: TaskRun, caller: Caller): TaskRun {
  return within(tree, caller.runId, (run) =>
    changeCall(run, caller.callId, (item) => ({ ...item, approval: null })),
  );
}

/** Ends a run and everything that is still open in it. */
export function finish<R extends AgentRun>(run: R, result: RunFinished | null): R {
  const notices = endRetry(run.notices);
  return { ...run, phase: "finished", result, notices, steps: run.steps.map(settle) };
}

/** Interrupts a task that has not ended, and everything that is still open in it. */
export function interrupt(tree: TaskRun): TaskRun {
  if (isOver(tree)) return tree;
  const steps = tree.steps.map((step) => interruptStep(settle(step)));
  const notices = endRetry(tree.notices);
  return { ...tree, phase: "interrupted", notices, steps, pauses: new Map() };
}

/** Whether a run takes no more events. */
export function isOver({ phase }: AgentRun): boolean {
  return phase === "finished" || phase === "interrupted";
}

function interruptStep(step: Step): Step {
  const ended = step.phase === "done" || step.phase === "failed";
  return ended ? step : { ...step, phase: "interrupted" };
}

/** Goes on after a step. What came after it is void, but stays on screen. */
function resume<R extends AgentRun>(run: R, { step: last, lost }: RunResumed): R {
  const steps = run.steps.map((step): Step =>
    step.number > last ? { ...settle(step), phase: "interrupted" } : step,
  );
  const resumed: R = { ...run, steps };
  const names = Object.keys(lost);
  if (!names.length) return resumed;
  const message = `Not kept from before the interruption: ${names.join(", ")}.`;
  const notice: NoticeItem = { kind: "notice", level: "warning", message, retry: null };
  return { ...resumed, notices: [...resumed.notices, notice] };
}

function start(tree: TaskRun, event: RunStarted): TaskRun {
  const { run_id: id, parent_run_id: runId, parent_call_id: callId } = event;
  if (runId === "") {
    if (tree.id === id) {
      const event = { run_id: id, step: 0, lost: {} };
      return resume({ ...tree, pauses: new Map() }, { type: "run_resumed", ...event }); // begun again
    }
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
  const begun = within(tree, runId, (caller) => addRun(caller, callId, run));
  if (begun === tree) return tree;
  return { ...begun, callers: new Map(tree.callers).set(id, { runId, callId }) };
}

/** Puts a managed agent's run into the call that started it. A hidden call is shown from now on. */
function addRun<R extends AgentRun>(caller: R, callId: number, run: ManagedRun): R {
  const changed = changeCall(caller, callId, (item) => ({ ...item, run }));
  const last = caller.steps.at(-1);
  if (changed !== caller || !last?.hiddenItems) return changed;
  const call = callOf({ run_id: caller.id!, call_id: callId, name: run.agent, arguments: {} });
  return { ...caller, steps: caller.steps.with(-1, unhide(last, { ...call, run })) };
}

/** Changes the run with this id, anywhere in the tree. */
function within(tree: TaskRun, id: string, change: Change): TaskRun {
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
  event: Exclude<Event, RunStarted | RunPaused | PauseEnded>,
  buffers: readonly (ArrayBuffer | Blob)[],
): R {
  switch (event.type) {
    case "run_resumed":
      return resume(run, event);
    case "step_started":
      return startStep(run, event.step, event.is_last_answer);
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

function startStep<R extends AgentRun>(run: R, number: number, isLastAnswer: boolean): R {
  const last = run.steps.at(-1);
  return last?.phase === "planning" && last.number === number
    ? { ...run, steps: run.steps.with(-1, { ...last, phase: "asking" }) }
    : addStep(run, { ...newStep(number, "asking"), isLastAnswer });
}

/** Changes the plan of a step. The plan comes before its step, so it may have to begin the step. */
function changePlan<R extends AgentRun>(run: R, number: number, change: (plan: Plan) => Plan): R {
  const last = run.steps.at(-1);
  const begun = last?.phase === "planning" && last.number === number;
  const plan = change((begun ? last.plan : null) ?? { text: "", seconds: null });
  return begun
    ? { ...run, steps: run.steps.with(-1, { ...last, plan }) }
    : addStep(run, newStep(number, "planning", plan));
}

/** Adds a step. The model has answered then, so no notice counts down to a request any more. */
function addStep<R extends AgentRun>(run: R, step: Step): R {
  const last = run.steps.at(-1);
  const items = last && endRetry(last.items);
  const steps = items === last?.items ? run.steps : run.steps.with(-1, { ...last!, items: items! });
  return { ...run, notices: endRetry(run.notices), steps: [...steps, step] };
}

function changeStep<R extends AgentRun>(run: R, number: number, change: (step: Step) => Step): R {
  const index = run.steps.findLastIndex((step) => step.number === number);
  const step = run.steps[index];
  return step ? { ...run, steps: run.steps.with(index, change(step)) } : run;
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

/** Marks every open call of a step as stopped. */
function settle(step: Step): Step {
  const isOpen = (item: StepItem): item is ToolItem =>
    item.kind === "tool" && item.seconds === null && !item.stopped;
  const ended = endRetry(step.items);
  if (!ended.some(isOpen)) return ended === step.items ? step : { ...step, items: ended };
  const items = ended.map((item) =>
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

function addNotice<R extends AgentRun>(run: R, event: Notice): R {
  const notice = noticeOf(event);
  const step = run.steps.at(-1);
  if (!step) {
    const merged = mergedRetry(run.notices.at(-1), notice);
    return { ...run, notices: merged ? run.notices.with(-1, merged) : [...run.notices, notice] };
  }
  return changeStep(run, step.number, (last) =>
    addNoticeItem(event.drops_reply ? dropReply(last) : last, notice),
  );
}

function noticeOf({ level, message, retry_in_s: inS }: Notice): NoticeItem {
  if (inS === null) return { kind: "notice", level, message, retry: null };
  // The screen counts down instead.
  const reason = message.replace(/ Trying again in \d+ s\.$/, "");
  return { kind: "notice", level, message: reason, retry: { inS, times: 1, over: false } };
}

function produced(
  info: FileInfo,
  step: number,
  bytes: ArrayBuffer | Blob | undefined,
): ProducedFile {
  return { info, step, blob: new Blob(bytes ? [bytes] : [], { type: info.media_type }) };
}
