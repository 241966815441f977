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
import type { History } from "./history";
import {
  activeRun,
  emptyConversation,
  interruptedRun,
  reduce,
  type Action,
} from "./state/conversation";
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
  /** Keeps the conversation; null for a page that keeps none. */
  private history: History | null = null;
  /** What is shown when the first of it is kept, in order. */
  private held: { action: Action; kept: Promise<unknown> | null }[] = [];
  private releasing: Promise<void> = Promise.resolve();

  constructor(
    private readonly host: TasksHost,
    private readonly session: Session,
  ) {}

  /** Runs a task. Resolves however it ends. Rejects when a task is already running. */
  async run(task: string, { reset = false, ...given }: TaskOptions = {}): Promise<RunResult> {
    while (this.history?.opening) await this.history.opening; // it comes before this task
    this.checkFree();
    if (reset) this.forget();
    const key = this.submit(task, given, false);
    this.given.set(key, given);
    return this.ended(
      key,
      this.solve(() => this.session.run(task, given), reset),
    );
  }

  /** Runs several tasks at once. Throws when a task is already running. */
  map(tasks: readonly MapTask[], options: MapOptions): Batch {
    if (this.history?.opening) {
      const advice = "Wait for it, or begin a new one.";
      throw new SessionError("busy", "A conversation is being opened.", advice);
    }
    this.checkFree();
    const key = this.submit(plural(tasks.length, "task"), { files: options.files ?? [] }, true);
    const batch = new Batch(tasks, () => {
      if (activeRun(this.conversation)?.key === key) this.stop();
    });
    this.batch = batch;
    const solving = this.solve(() => this.session.map(tasks, options), false);
    void this.ended(key, solving).then(({ problem }) => batch.end(problem && errorOf(problem)));
    return batch;
  }

  /** Goes on with the interrupted run. Resolves however it ends. */
  async resume(): Promise<RunResult> {
    this.checkFree();
    const run = interruptedRun(this.conversation);
    if (!run) throw new SessionError("nothing_to_resume", "No task was interrupted.");
    this.host.begun();
    this.dispatch({ type: "resuming" });
    let isGiven = false;
    const solving = this.solve(() => {
      isGiven = true;
      return this.session.resume();
    }, false);
    return this.ended(run.key, solving, () => isGiven);
  }

  /** Whether the interrupted run can go on where it was. */
  get isResumable(): boolean {
    const run = interruptedRun(this.conversation);
    return run !== null && run.id !== null && this.session.saved.run?.id === run.id;
  }

  /** Has `history` keep the conversation from now on. */
  keepIn(history: History): void {
    this.history = history;
  }

  /** Shows no conversation, before a kept one is shown. */
  empty(): void {
    this.given.clear();
    this.held = [];
    this.conversation = emptyConversation;
    this.host.requestUpdate();
  }

  /** Shows an action of a kept conversation, which came with `given` if it is a task. */
  show(action: Action, given: RunOptions): void {
    if (action.type === "submitted") {
      this.runs = Math.max(this.runs, action.key);
      this.given.set(action.key, given);
    }
    this.conversation = reduce(this.conversation, action);
    this.host.requestUpdate();
  }

  /** Marks the last run of a kept conversation as interrupted, if it has not ended. */
  interrupt(): void {
    if (activeRun(this.conversation)) this.dispatch({ type: "interrupted" });
  }

  stop(): void {
    const run = activeRun(this.conversation);
    if (!run || run.phase === "stopping" || this.history?.follows) return;
    this.dispatch({ type: "stopping" });
    if (!this.abort) return this.session.stop();
    this.abort.abort();
    this.host.abandoned();
  }

  /** Forgets the conversation, after stopping the running task. Rejects with `SessionError`. */
  async clear(): Promise<void> {
    if (this.running) await this.settle();
    this.forget(); // before any await when nothing runs, so that a task given now stays
    await this.session.clear();
  }

  /** Begins another conversation, after stopping the running task. The one on screen stays kept, if
   *  it is. Rejects with `SessionError`. */
  async leave(): Promise<void> {
    if (this.running) await this.settle();
    this.history?.leave();
    this.empty();
    await this.session.clear();
  }

  /** Stops the running task, if any, and waits for its end. */
  async settle(): Promise<void> {
    while (this.running) {
      this.stop();
      await this.running;
    }
  }

  /** Passes on the person's decision whether a tool may run. */
  approve(verdict: Verdict): void {
    if (this.history?.follows) return; // the tab that writes is asked
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
    if (this.history?.follows) return;
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
    this.history?.take(message);
    if (isEvent(message)) this.takeEvent({ type: "event", event: message, buffers });
    if (message.type === "batch_result") this.batch?.take(message, buffers);
  }

  /** Shows an event when it is kept, and what comes after it then. */
  private takeEvent(action: Action): void {
    const kept = this.history?.record(action, {}) ?? null;
    if (kept === null && !this.held.length) return this.apply(action);
    this.held.push({ action, kept });
    if (this.held.length === 1) this.releasing = this.release(this.held);
  }

  private async release(held: typeof this.held): Promise<void> {
    for (let next = held[0]; next && held === this.held; next = held[0]) {
      await next.kept;
      if (held !== this.held) return; // another conversation is on screen
      held.shift();
      this.apply(next.action);
    }
  }

  private checkFree(): void {
    if (this.history?.follows) {
      const advice = "Go on there, or take the conversation over.";
      throw new SessionError("other_tab", "Another tab has this conversation open.", advice);
    }
    if (activeRun(this.conversation)) {
      throw new SessionError("busy", "A task is running.", "Stop it first, or wait for its end.");
    }
  }

  /** Shows a new run and returns its key. */
  private submit(task: string, given: RunOptions, batch: boolean): number {
    this.host.begun();
    const key = (this.runs += 1);
    const files = (given.files ?? []).map(fileInfo);
    const model = this.host.modelName;
    this.dispatch({ type: "submitted", key, task, files, model, batch }, given);
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

  /** `isGiven` says whether the session had the run. A resumed run that it never had can be resumed
   *  again. */
  private async ended(
    key: number,
    solving: Promise<RunFinished>,
    isGiven = () => true,
  ): Promise<RunResult> {
    this.running = solving;
    const result = await solving;
    await this.releasing;
    if (this.running === solving) this.running = null;
    // The run may not be the last one any more: the page heard of its end with its last message.
    const find = () => this.conversation.runs.find((one) => one.key === key);
    const run = find();
    this.dispatch(isGiven() ? { type: "ended", key, result } : { type: "interrupted" });
    const ended = find();
    if (ended) this.steps += stepCount(ended);
    this.host.ended();
    return resultOf(result, run?.produced ?? []);
  }

  private forget(): void {
    void this.history?.forget().catch(() => undefined); // its storage does not open
    this.empty();
  }

  /** Keeps an action and shows it at once. */
  private dispatch(action: Action, given: RunOptions = {}): void {
    this.history?.record(action, given);
    this.apply(action);
  }

  private apply(action: Action): void {
    this.conversation = reduce(this.conversation, action);
    this.host.requestUpdate();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true }),
  );
}
