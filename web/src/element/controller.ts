/**
 * Joins the element to its session: keeps the conversation, the settings and the keys, and brings
 * every failure to the screen as a problem. It draws nothing; it tells its host to.
 */
import { resultOf, type RunResult, type TaskOptions } from "../api/result";
import { Batch } from "../api/batch";
import type { AgentSettings, FromAgent, Problem, RunFinished, Totals } from "../protocol";
import { SessionError, errorOf, problemOf } from "../api/error";
import type {
  MapOptions,
  MapTask,
  Progress,
  RunOptions,
  Session,
  SessionSettings,
  Verdict,
  LocalModelSource,
} from "../api/session";
import { notRun, noTotals } from "../api/not_run";
import {
  loadSettings,
  modelsOf,
  noOthers,
  saveSettings,
  withChosen,
  type Chosen,
  type Settings,
} from "../settings/settings";
import { plural } from "../render/format";
import type { Vault } from "../settings/vault";
import { Applied } from "../settings/applied";
import { activeRun, emptyConversation, reduce, type Action } from "./state/conversation";
import { fileInfo } from "./state/files";
import type { ModelChoices } from "../settings/model_choices";
import { Preferences } from "../settings/preferences";
import { isEvent } from "../wire";

export interface Host {
  requestUpdate(): void;
  /** Every message of the agent, after the conversation has taken it in. */
  onMessage(message: FromAgent): void;
  /** The session as a whole failed. */
  onProblem(problem: Problem): void;
}

export class Controller {
  conversation = emptyConversation;
  /** What all tasks of this visit came to. */
  totals: Totals = noTotals;
  /** What is being loaded now; null when nothing is. */
  progress: Progress | null = null;
  /** The session answers. */
  ready = false;
  /** What is wrong with the session as a whole. */
  problem: Problem | null = null;
  /** BCP 47 tag of the language to answer in; empty for the task's. */
  language = "";

  private readonly given = new Map<number, RunOptions>();
  private readonly applied = new Applied((settings) => this.configure(settings));
  private runs = 0;
  /** The one that was begun last. */
  private batch: Batch | null = null;
  /** Settles with the end of the run that was given last; null after that. */
  private running: Promise<unknown> | null = null;
  /** Ends the wait before a run; null once the session runs it. */
  private abort: AbortController | null = null;

  constructor(
    private readonly host: Host,
    private readonly session: Session,
    private readonly preferences = new Preferences(),
  ) {
    session.onMessage((message, buffers) => this.receive(message, buffers));
    session.onProgress((progress) => this.update({ progress }));
    session.onError((error) => this.fail(error));
  }

  get settings(): Settings {
    return this.preferences.settings;
  }

  set settings(settings: Settings) {
    this.preferences.settings = settings;
  }

  get vault(): Vault {
    return this.preferences.vault;
  }

  get models(): ModelChoices {
    return this.preferences.models;
  }

  /** Resolves when tasks can run. Rejects with `SessionError` when this browser cannot. */
  async start(): Promise<void> {
    // Only for the model's name; whoever chooses from the list hears why there is none.
    if (this.usesLocal) this.localModels().catch(() => undefined);
    try {
      // Without IndexedDB there are no kept keys, and all else works.
      await Promise.all([this.session.ready, this.vault.load().catch(() => undefined)]);
      this.update({ ready: true, progress: null });
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  /** Use and keep what the person chose. Rejects with `SessionError` when the model cannot be used. */
  async choose(chosen: Chosen): Promise<void> {
    this.keep(chosen);
    await this.applied.apply(this.collect);
  }

  /** Use `settings` in this page only: another visit has those that the person chose. */
  async use(settings: Settings): Promise<void> {
    this.update({ settings });
    await this.applied.apply(this.collect);
  }

  /** Keep what the person chose, and nothing of the page's; it is applied before the next task. */
  keep(chosen: Chosen): void {
    saveSettings(withChosen(loadSettings(), chosen));
    const settings = withChosen(this.settings, chosen);
    this.update({ settings, problem: this.ready ? null : this.problem });
  }

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

  private checkFree(): void {
    if (activeRun(this.conversation)) {
      throw new SessionError("busy", "A task is running.", "Stop it first, or wait for its end.");
    }
  }

  /** Puts a run on screen; its key. */
  private submit(task: string, files: readonly File[] = [], batch: boolean): number {
    if (this.ready) this.show(null);
    const key = (this.runs += 1);
    const model = this.modelName;
    this.dispatch({ type: "submitted", key, task, files: files.map(fileInfo), model, batch });
    return key;
  }

  private async ended(key: number, solving: Promise<RunFinished>): Promise<RunResult> {
    this.running = solving;
    const result = await solving;
    if (this.running === solving) this.running = null;
    // A next run may stand below it by now: the page heard of the end with its last message.
    const run = this.conversation.runs.find((one) => one.key === key);
    this.dispatch({ type: "ended", key, result });
    this.update({ progress: null });
    return resultOf(result, run?.produced ?? []);
  }

  private async solve(start: () => Promise<RunFinished>, reset: boolean): Promise<RunFinished> {
    this.abort = new AbortController();
    const { signal } = this.abort;
    try {
      const cleared = reset ? this.session.clear() : this.session.ready;
      const applied = cleared.then(() => this.applied.applyLast(this.collect, signal));
      await Promise.race([applied, aborted(signal)]);
      this.abort = null; // from here on the session stops it
      return signal.aborted ? notRun("cancelled", null) : await start();
    } catch (error) {
      return signal.aborted ? notRun("cancelled", null) : notRun("error", problemOf(error));
    }
  }

  /** Shows what went wrong outside of a run. */
  show(problem: Problem | null): void {
    this.update({ problem });
  }

  /** What came with the task of a run. */
  givenTo(key: number): RunOptions {
    return this.given.get(key) ?? {};
  }

  /** Settles a question of a tool, by the person's word. */
  approve(verdict: Verdict): void {
    const { run_id: runId, call_id: callId, allowed } = verdict;
    this.dispatch({ type: "approved", runId, callId, allowed });
    this.session.approve(verdict);
  }

  stop(): void {
    const run = activeRun(this.conversation);
    if (!run || run.phase === "stopping") return;
    this.dispatch({ type: "stopping" });
    if (!this.abort) return this.session.stop();
    this.abort.abort();
    if (this.usesLocal && this.progress) this.cancelLoading();
  }

  /** Ends the loading of a local model. What was downloaded is kept for the next time. */
  cancelLoading(): void {
    this.applied.cancel();
    // Whatever is configured next replaces what is being loaded.
    const none: SessionSettings = {
      model: { kind: "demo" },
      ...noOthers,
      agent: this.settings.agent,
    };
    this.session.configure(none).catch(() => undefined);
    this.update({ progress: null });
  }

  /** Forget the conversation; a task that runs is stopped. */
  async clear(): Promise<void> {
    while (this.running) {
      this.stop();
      await this.running;
    }
    this.forget(); // at once where nothing runs: what is given from now on stays
    await this.session.clear().catch((error: unknown) => this.show(problemOf(error)));
  }

  private forget(): void {
    this.given.clear();
    this.dispatch({ type: "cleared" });
  }

  /** How the model in use is called; empty when none was chosen. */
  get modelName(): string {
    const [first = "", ...others] = this.modelNames;
    return others.length ? `${first} +\u00a0${others.length}` : first;
  }

  /** How the models in use are called, one by one. */
  get modelNames(): string[] {
    return modelsOf(this.settings).map((model) => this.models.nameOf(model));
  }

  private get usesLocal(): boolean {
    return modelsOf(this.settings).some(({ kind }) => kind === "local");
  }

  /** The local models that can be chosen. Rejects with `SessionError`. */
  async localModels(): Promise<LocalModelSource[]> {
    const models = await this.models.local();
    this.host.requestUpdate(); // their names are known now
    return models;
  }

  private async configure(settings: SessionSettings): Promise<void> {
    try {
      await this.session.configure(settings);
    } finally {
      this.update({ progress: null });
    }
  }

  private readonly collect = async (): Promise<SessionSettings> => {
    const { choose } = this.settings;
    const choices = modelsOf(this.settings).map((model) => this.models.choiceOf(model));
    const [model, ...others] = await Promise.all(choices);
    return { model: model!, others, choose, agent: this.agentSettings };
  };

  private get agentSettings(): AgentSettings {
    const { agent } = this.settings;
    if (!this.language) return agent;
    const language = new Intl.DisplayNames("en", { type: "language" }).of(this.language);
    return { ...agent, instructions: `${agent.instructions}\nAnswer in ${language}.`.trim() };
  }

  private fail(error: unknown): void {
    const problem = problemOf(error);
    this.update({ problem, progress: null });
    this.host.onProblem(problem);
  }

  private receive(message: FromAgent, buffers: ArrayBuffer[]): void {
    if (isEvent(message)) this.dispatch({ type: "event", event: message, buffers });
    if (message.type === "batch_result") this.batch?.take(message, buffers);
    if (message.type === "totals") this.update({ totals: message });
    if (message.type === "model_delta" && this.progress) this.update({ progress: null });
    this.host.onMessage(message);
  }

  private dispatch(action: Action): void {
    this.conversation = reduce(this.conversation, action);
    this.host.requestUpdate();
  }

  private update(
    changes: Partial<Pick<Controller, "progress" | "problem" | "ready" | "settings" | "totals">>,
  ): void {
    Object.assign(this, changes);
    this.host.requestUpdate();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true }),
  );
}
