/**
 * The tasks and batches of a conversation: each is put on screen, given to the session once the
 * session knows the settings, and ended. One at a time. It draws nothing; it tells its host to.
 */
import { Batch } from "../api/batch";
import { errorOf, problemOf, SessionError } from "../api/error";
import { notRun } from "../api/not_run";
import { resultOf, type RunResult, type TaskOptions } from "../api/result";
import type { MapOptions, MapTask, RunOptions, Session, Verdict } from "../api/session";
import type { FromAgent, RunFinished } from "../protocol";
import { plural } from "../render/format";
import { isEvent } from "../wire";
import { activeRun, emptyConversation, reduce, type Action } from "./state/conversation";
import { fileInfo } from "./state/files";

/** What tasks need of what is around them. */
export interface TasksHost {
  /** Name of the model in use; empty when none was chosen. */
  readonly modelName: string;
  requestUpdate(): void;
  /** Gives the session the settings that hold. Rejects with `SessionError`. */
  applySettings(signal: AbortSignal): Promise<void>;
  /** A task was submitted: what was wrong before it is no longer shown. */
  begun(): void;
  /** A task was stopped before the session had it. */
  abandoned(): void;
  /** A task has ended. */
  ended(): void;
}

export class Tasks {
  conversation = emptyConversation;

  private readonly given = new Map<number, RunOptions>();
  private runs = 0;
  /** The batch that was begun last. */
  private batch: Batch | null = null;
  /** Settles with the end of the run that was given last; null after that. */
  private running: Promise<unknown> | null = null;
  /** Ends the wait before a run; null once the session runs it. */
  private abort: AbortController | null = null;

  constructor(
    private readonly host: TasksHost,
    private readonly session: Session,
  ) {}

  /** Solves a task. Resolves for every ending. Rejects when a task is already running. */
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

  /** Solves tasks at once. Throws when a task is already running. */
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

  /** Forgets the conversation, after stopping the task that runs. Rejects with `SessionError`. */
  async clear(): Promise<void> {
    while (this.running) {
      this.stop();
      await this.running;
    }
    this.forget(); // at once where nothing runs: what is given from now on stays
    await this.session.clear();
  }

  /** Answers the question whether a tool may run, by the person's word. */
  approve(verdict: Verdict): void {
    const { run_id: runId, call_id: callId, allowed } = verdict;
    this.dispatch({ type: "approved", runId, callId, allowed });
    this.session.approve(verdict);
  }

  /** What came with the task of a run. */
  givenTo(key: number): RunOptions {
    return this.given.get(key) ?? {};
  }

  /** Takes in what a message tells of the task that runs. */
  receive(message: FromAgent, buffers: ArrayBuffer[]): void {
    if (isEvent(message)) this.dispatch({ type: "event", event: message, buffers });
    if (message.type === "batch_result") this.batch?.take(message, buffers);
  }

  private checkFree(): void {
    if (activeRun(this.conversation)) {
      throw new SessionError("busy", "A task is running.", "Stop it first, or wait for its end.");
    }
  }

  /** Puts a run on screen; returns its key. */
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
      this.abort = null; // from here on the session stops it
      return signal.aborted ? notRun("cancelled", null) : await start();
    } catch (error) {
      return signal.aborted ? notRun("cancelled", null) : notRun("error", problemOf(error));
    }
  }

  private async ended(key: number, solving: Promise<RunFinished>): Promise<RunResult> {
    this.running = solving;
    const result = await solving;
    if (this.running === solving) this.running = null;
    // A next run may stand below it by now: the page heard of the end with its last message.
    const run = this.conversation.runs.find((one) => one.key === key);
    this.dispatch({ type: "ended", key, result });
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
