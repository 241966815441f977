/**
 * The tasks and batches of a conversation, one at a time. Each is shown, given to the session once
 * the session knows the settings, and ended. `Tasks` draws nothing; it tells its host to.
 */
import { Batch } from "../api/batch";
import { errorOf, problemOf, SessionError } from "../api/error";
import { notRun } from "../api/not_run";
import { resultOf, type RunResult, type TaskOptions } from "../api/result";
import type { MapOptions, MapTask, RunOptions, Reply, Session, Verdict } from "../api/session";
import type { FromAgent, RunFinished } from "../protocol";
import { plural } from "../render/format";
import { isEvent } from "../wire";
import { activeRun, emptyConversation, reduce, type Action } from "./state/conversation";
import { fileInfo } from "./state/files";
import { stepCount } from "./state/shown_steps";

/** What `Tasks` needs from the controller. */
export interface TasksHost {
  /** The name of the model in use; empty when none was chosen. */
  readonly modelName: string;
  requestUpdate(): void;
  /** Tells the session which settings hold. Rejects with `SessionError`. */
  applySettings(signal: AbortSignal): Promise<void>;
  /** Is told that a task was submitted. */
  begun(): void;
  /** Is told that a task was stopped before the session had it. */
  abandoned(): void;
  /** Is told that a task has ended. */
  ended(): void;
}

export class Tasks {
  conversation = emptyConversation;

  /** The number of steps of all runs that ended, also of those that were forgotten. */
  steps = 0;

  private readonly given = new Map<number, RunOptions>();
  private runs = 0;
  /** The last batch. */
  private batch: Batch | null = null;
  /** Settles when the last run ends; null after that. */
  private running: Promise<unknown> | null = null;
  /** Aborts the wait before a run; null once the session has the run. */
  private abort: AbortController | null = null;

  constructor(
    private readonly host: TasksHost,
    private readonly session: Session,
  ) {}

  /** Runs a task. Resolves however it ends. Rejects when a task is already running. */
  async run(task: string, { reset = false, ...given }: TaskOptions = {}): Promise<RunResult> {
    this.checkFree();
    if (reset) this.forget();
    const key = this.submit(task, given.files, false);
    this.given.set(key, given);
    return this.ended(
      key,
      this.solve(() => this.session.run(task, given), reset),
    );
  }

  /** Runs several tasks at once. Throws when a task is already running. */
  map(tasks: readonly MapTask[], options: MapOptions): Batch {
    this.checkFree();
    const key = this.submit(plural(tasks.length, "task"), options.files, true);
    const batch = new Batch(tasks, () => {
      if (activeRun(this.conversation)?.key === key) this.stop();
    });
    this.batch = batch;
    const solving = this.solve(() => this.session.map(tasks, options), false);
    void this.ended(key, solving).then(({ problem }) => batch.end(problem && errorOf(problem)));
    return batch;
  }

  stop(): void {
    const run = activeRun(this.conversation);
    if (!run || run.phase === "stopping") return;
    this.dispatch({ type: "stopping" });
    if (!this.abort) return this.session.stop();
    this.abort.abort();
    this.host.abandoned();
  }

  /** Forgets the conversation, after stopping the running task. Rejects with `SessionError`. */
  async clear(): Promise<void> {
    while (this.running) {
      this.stop();
      await this.running;
    }
    this.forget(); // before any await when nothing runs, so that a task given now stays
    await this.session.clear();
  }

  /** Passes on the person's decision whether a tool may run. */
  approve(verdict: Verdict): void {
    const { run_id: runId, call_id: callId, allowed } = verdict;
    this.dispatch({ type: "approved", runId, callId, allowed });
    this.session.approve(verdict);
  }

  /** Lets a paused run try again at once. */
  tryNow(): void {
    this.session.tryNow();
  }

  /** Passes on what the person answered to the code. */
  reply(reply: Reply): void {
    const { run_id: runId, call_id: callId } = reply;
    this.dispatch({ type: "replied", runId, callId });
    this.session.reply(reply);
  }

  /** Returns the options that came with the task of a run. */
  givenTo(key: number): RunOptions {
    return this.given.get(key) ?? {};
  }

  /** Takes in a message, if it is about the running task. */
  receive(message: FromAgent, buffers: ArrayBuffer[]): void {
    if (isEvent(message)) this.dispatch({ type: "event", event: message, buffers });
    if (message.type === "batch_result") this.batch?.take(message, buffers);
  }

  private checkFree(): void {
    if (activeRun(this.conversation)) {
      throw new SessionError("busy", "A task is running.", "Stop it first, or wait for its end.");
    }
  }

  /** Shows a new run and returns its key. */
  private submit(task: string, files: readonly File[] = [], batch: boolean): number {
    this.host.begun();
    const key = (this.runs += 1);
    const model = this.host.modelName;
    this.dispatch({ type: "submitted", key, task, files: files.map(fileInfo), model, batch });
    return key;
  }

  private async solve(start: () => Promise<RunFinished>, reset: boolean): Promise<RunFinished> {
    this.abort = new AbortController();
    const { signal } = this.abort;
    try {
      const cleared = reset ? this.session.clear() : this.session.ready;
      const applied = cleared.then(() => this.host.applySettings(signal));
      await Promise.race([applied, aborted(signal)]);
      this.abort = null; // from now on the session stops it
      return signal.aborted ? notRun("cancelled", null) : await start();
    } catch (error) {
      return signal.aborted ? notRun("cancelled", null) : notRun("error", problemOf(error));
    }
  }

  private async ended(key: number, solving: Promise<RunFinished>): Promise<RunResult> {
    this.running = solving;
    const result = await solving;
    if (this.running === solving) this.running = null;
    // The run may not be the last one any more: the page heard of its end with its last message.
    const find = () => this.conversation.runs.find((one) => one.key === key);
    const run = find();
    this.dispatch({ type: "ended", key, result });
    const ended = find();
    if (ended) this.steps += stepCount(ended);
    this.host.ended();
    return resultOf(result, run?.produced ?? []);
  }

  private forget(): void {
    this.given.clear();
    this.dispatch({ type: "cleared" });
  }

  private dispatch(action: Action): void {
    this.conversation = reduce(this.conversation, action);
    this.host.requestUpdate();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true }),
  );
}
