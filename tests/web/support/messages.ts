/** Messages of the agent, with defaults for everything that a test is not about. */
import type {
  BatchResult,
  Bundle,
  ErrorInfo,
  Event,
  FileInfo,
  RunFinished,
  RunStarted,
  Totals,
} from "../../../web/src/protocol";

const run_id = "r1";

export const usage = {
  input_tokens: 1204,
  output_tokens: 326,
  cached_tokens: 0,
  cache_write_tokens: 0,
  estimated: false,
  cost_usd: null,
};

export function started(task: string): Event {
  return managed(task, { run_id, agent: "", parent_run_id: "", parent_call_id: null });
}

/** The start of a managed agent's run. */
export function managed(
  task: string,
  run: Pick<RunStarted, "run_id" | "agent" | "parent_run_id" | "parent_call_id">,
): RunStarted {
  return { type: "run_started", task, files: [], model: "m", ...run };
}

/** The same message for another run. */
export function of<E extends Event>(id: string, event: E): E {
  return { ...event, run_id: id };
}

export function step(number: number, is_last_answer = false): Event {
  return { type: "step_started", run_id, step: number, is_last_answer };
}

export function delta(
  number: number,
  text: string,
  channel: "text" | "reasoning" | "plan" = "text",
): Event {
  return { type: "model_delta", run_id, step: number, text, channel };
}

export function planned(number: number, plan: string): Event {
  return { type: "planned", run_id, step: number, plan, token_usage: usage, seconds: 2.1 };
}

export function asked(
  number: number,
  call_id: number,
  name: string,
  args: object,
  reason = "",
): Event {
  const fields = args as Extract<Event, { type: "tool_started" }>["arguments"];
  return {
    type: "approval_requested",
    run_id,
    step: number,
    call_id,
    name,
    arguments: fields,
    reason,
  };
}

export function wondered(number: number, call_id: number, prompt: string, secret = false): Event {
  return { type: "input_requested", run_id, step: number, call_id, prompt, secret };
}

export function replied(number: number, thought: string, code: string): Event {
  const token_usage = usage;
  return { type: "model_replied", run_id, step: number, thought, code, token_usage, seconds: 0.8 };
}

export function printed(
  number: number,
  text: string,
  stream: "stdout" | "stderr" = "stdout",
): Event {
  return { type: "step_output", run_id, step: number, stream, text };
}

export function shown(number: number, bundle: Bundle): Event {
  return { type: "step_display", run_id, step: number, bundle };
}

export function called(number: number, call_id: number, name: string, args: object): Event {
  const fields = args as Extract<Event, { type: "tool_started" }>["arguments"];
  return { type: "tool_started", run_id, step: number, call_id, name, arguments: fields };
}

export function returned(
  number: number,
  call_id: number,
  name: string,
  preview: string,
  error: ErrorInfo | null = null,
): Event {
  return {
    type: "tool_finished",
    run_id,
    step: number,
    call_id,
    name,
    preview,
    error,
    seconds: 0.4,
  };
}

export function made(number: number, file: FileInfo): Event {
  return { type: "file_produced", run_id, step: number, file };
}

export function ended(
  number: number,
  { value = null, error = null }: { value?: Bundle | null; error?: ErrorInfo | null } = {},
  variables: Record<string, string> = {},
): Event {
  return { type: "step_finished", run_id, step: number, value, variables, error, seconds: 1.2 };
}

/** The fields of an error that a test is not about. */
export const noError: ErrorInfo = {
  type: "ValueError",
  message: "",
  line: null,
  source_line: null,
  traceback: "",
  can_retry: true,
};

export function notice(
  message: string,
  level: "info" | "warning" = "warning",
  retry_in_s: number | null = null,
): Event {
  return { type: "notice", run_id, level, message, retry_in_s, drops_reply: false };
}

export function paused(
  message = "Paused: no network. It goes on when the network is back.",
): Event {
  return { type: "run_paused", run_id, reason: "offline", message };
}

export function totals(changes: Partial<Totals> = {}): Totals {
  return { type: "totals", runs: 1, steps: 1, token_usage: usage, seconds: 4.1, ...changes };
}

/** The result of one task of a batch. */
export function result(index: number, run: Partial<RunFinished> = {}, done = 1): BatchResult {
  const totals = {
    done,
    answered: done,
    counts: { answered: done },
    token_usage: usage,
    seconds: 9,
  };
  return {
    type: "batch_result",
    batch_id: run_id,
    index,
    result: finished(run),
    files: [],
    totals,
  };
}

export function finished(changes: Partial<RunFinished> = {}): RunFinished {
  return {
    type: "run_finished",
    run_id,
    success: true,
    reason: "answered",
    output: null,
    bundle: null,
    problem: null,
    token_usage: usage,
    steps: 1,
    seconds: 4.1,
    ...changes,
  };
}
