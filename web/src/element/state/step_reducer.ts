/**
 * Changes a step of a run by an event. Every function is pure, like those of `run_reducer.ts`, which
 * calls this.
 */
import type { Event, InputRequested, StepOutput, ToolFinished, ToolStarted } from "../../protocol";
import type { NoticeItem, OutputItem, Plan, Step, StepItem, ToolItem } from "./run";

/** The number of printed characters that one block keeps; of a longer text it keeps the end. */
export const OUTPUT_CHARS = 200_000;
/** The number of items that one step shows. Questions and managed agents are shown beyond it. */
export const STEP_ITEMS = 300;

type StepEvent = Exclude<
  Event,
  {
    type:
      | ("run_started" | "run_resumed" | "run_paused" | "pause_ended" | "run_finished")
      | ("step_started" | "notice" | "planned" | "file_produced");
  }
>;

/** Returns the step after an event in it. */
export function applyToStep(step: Step, event: StepEvent): Step {
  switch (event.type) {
    case "model_delta": {
      const items = endRetry(step.items);
      return event.channel === "reasoning"
        ? { ...step, items, reasoning: step.reasoning + event.text }
        : { ...step, items, stream: step.stream + event.text };
    }
    case "model_replied": {
      const { thought, code } = event;
      return {
        ...step,
        items: endRetry(step.items),
        phase: code ? "executing" : step.phase,
        thought,
        code,
      };
    }
    case "step_output":
      return addOutput(step, event);
    case "step_display":
      return addItem(step, { kind: "display", bundle: event.bundle });
    case "tool_started":
      return addItem({ ...step, phase: "executing" }, callOf(event));
    case "approval_requested":
      return ask(step, { ...callOf(event), reason: event.reason });
    case "input_requested":
      return ask(step, questionOf(event));
    case "tool_finished":
      return changeItem(step, event.call_id, (item) => finishTool(item, event));
    case "step_finished": {
      const { value, variables, error, seconds } = event;
      const phase = error ? "failed" : "done";
      // A conversation that was kept by an earlier version has steps without variables.
      return { ...step, phase, value, variables: variables ?? {}, error, seconds };
    }
  }
}

export function newStep(number: number, phase: Step["phase"], plan: Plan | null = null): Step {
  return {
    number,
    isLastAnswer: false,
    phase,
    plan,
    stream: "",
    reasoning: "",
    thought: null,
    code: null,
    items: [],
    hiddenItems: 0,
    value: null,
    variables: {},
    error: null,
    seconds: null,
  };
}

export function addItem(step: Step, item: StepItem): Step {
  return step.items.length < STEP_ITEMS
    ? { ...step, items: [...step.items, item] }
    : { ...step, hiddenItems: step.hiddenItems + 1 };
}

/** Forgets what streamed of a reply that broke off. */
export function dropReply(step: Step): Step {
  const { plan } = step;
  const unplanned = step.phase === "planning" && plan ? { ...plan, text: "" } : plan;
  return { ...step, stream: "", reasoning: "", plan: unplanned };
}

/** Adds a notice. One about a failed request takes the place of the one before it. */
export function addNoticeItem(step: Step, notice: NoticeItem): Step {
  const merged = mergedRetry(step.items.at(-1), notice);
  return merged ? { ...step, items: step.items.with(-1, merged) } : addItem(step, notice);
}

/** Returns the one notice that stands for two failed requests in a row; null for anything else. */
export function mergedRetry(last: StepItem | undefined, notice: NoticeItem): NoticeItem | null {
  if (!notice.retry || last?.kind !== "notice" || !last.retry || last.retry.over) return null;
  return { ...notice, retry: { ...notice.retry, times: last.retry.times + 1 } };
}

/** Ends the countdown to the next request, in the last of these. */
export function endRetry<I extends StepItem>(items: I[]): I[] {
  const last = items.at(-1);
  if (last?.kind !== "notice" || !last.retry || last.retry.over) return items;
  return items.with(-1, { ...last, retry: { ...last.retry, over: true } });
}

/** Shows a call that was hidden. A call that waits for the person must be seen, however many items
 *  there are. */
export function unhide(step: Step, call: ToolItem): Step {
  if (!step.hiddenItems) return step;
  return { ...step, items: [...step.items, call], hiddenItems: step.hiddenItems - 1 };
}

/** Returns a call that has just begun. */
export function callOf(
  event: Pick<ToolStarted, "run_id" | "call_id" | "name" | "arguments">,
): ToolItem {
  return {
    kind: "tool",
    runId: event.run_id,
    callId: event.call_id,
    name: event.name,
    args: event.arguments,
    preview: "",
    error: null,
    seconds: null,
    stopped: false,
    question: null,
    approval: null,
    reason: "",
    run: null,
  };
}

function questionOf({ prompt, secret, ...event }: InputRequested): ToolItem {
  const call = callOf({ ...event, name: "input", arguments: { prompt } });
  return { ...call, question: { prompt, secret } };
}

/** Shows a question with its whole arguments; those of the call that has begun may be cut. */
function ask(step: Step, { question, args, reason, ...call }: ToolItem): Step {
  const open = { question, args, reason, approval: "asked" } as const;
  const asked = changeItem(step, call.callId, (item) => ({ ...item, ...open }));
  return asked === step ? unhide(step, { ...call, ...open }) : asked;
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
  // Cut only a text that is much too long, so that a long stream is not copied at every chunk.
  if (text.length <= OUTPUT_CHARS * 1.5) return { text, dropped };
  return { text: text.slice(-OUTPUT_CHARS), dropped: dropped + text.length - OUTPUT_CHARS };
}

/** Changes the newest call with this id that has not ended. */
export function changeItem(step: Step, callId: number, change: (item: ToolItem) => ToolItem): Step {
  const index = step.items.findLastIndex((item) => isCall(item, callId));
  const item = step.items[index];
  return item?.kind === "tool" ? { ...step, items: step.items.with(index, change(item)) } : step;
}

export function isCall(item: StepItem, callId: number): boolean {
  return item.kind === "tool" && item.callId === callId && item.seconds === null;
}

function finishTool(item: ToolItem, { preview, error, seconds }: ToolFinished): ToolItem {
  const approval = item.approval === "asked" ? null : item.approval;
  return { ...item, preview, error, seconds, approval };
}
