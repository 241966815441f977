/**
 * Joins the element to its session: tells the session which settings hold, and shows the progress
 * and every failure. `tasks` holds the conversation. The controller draws nothing; it tells its
 * host to.
 */
import { problemOf } from "../api/error";
import { noTotals } from "../api/not_run";
import type { LocalModelSource, Progress, Session, SessionSettings } from "../api/session";
import type { FromAgent, Problem, Totals } from "../protocol";
import { Library } from "../journal/library";
import { Applied } from "../settings/applied";
import { Preferences } from "../settings/preferences";
import {
  loadSettings,
  noOthers,
  saveSettings,
  withChosen,
  type Chosen,
  type Settings,
} from "../settings/settings";
import { History, type Screen } from "./history";
import { Tasks, type TasksHost } from "./tasks";

export interface Host {
  requestUpdate(): void;
  /** Gets every message of the agent, after the conversation has taken it in. */
  onMessage(message: FromAgent): void;
  /** Is told that the session as a whole failed. */
  onProblem(problem: Problem): void;
  /** Is told that a local model can now be asked. */
  onLocal?(source: LocalModelSource): void;
}

export class Controller {
  readonly tasks: Tasks;
  /** Keeps the conversations; null for a page that keeps none. */
  readonly history: History | null;
  /** Totals of all tasks of this session. */
  totals: Totals = noTotals;
  /** The progress of the current loading; null when nothing is loading. */
  progress: Progress | null = null;
  /** Whether the session is ready. */
  ready = false;
  /** What is wrong outside of any run; null when nothing is. */
  problem: Problem | null = null;

  private readonly applied: Applied;

  constructor(
    private readonly host: Host,
    private readonly session: Session,
    readonly preferences = new Preferences(),
    keepsHistory = false,
  ) {
    this.applied = new Applied(
      () => preferences.forSession(),
      (settings) => this.configure(settings),
    );
    this.tasks = new Tasks(this.tasksHost(), session);
    this.history = keepsHistory ? this.newHistory() : null;
    session.onMessage((message, buffers) => this.receive(message, buffers));
    session.onProgress((progress) => this.update({ progress: isOver(progress) ? null : progress }));
    session.onError((error) => this.fail(error));
  }

  /** Resolves when tasks can run. Rejects with `SessionError` when this browser cannot. */
  async start(): Promise<void> {
    const { usesLocal, vault } = this.preferences;
    // This is only for the model's name. The list in the settings reports errors.
    if (usesLocal) this.localModels().catch(() => undefined);
    const reopened = this.history?.reopen();
    try {
      // Without IndexedDB no keys are kept, but everything else works.
      await Promise.all([this.session.ready, vault.load().catch(() => undefined), reopened]);
      this.update({ ready: true, progress: null });
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  /** Uses and keeps what the person chose. Rejects with `SessionError` when the model cannot be
   *  used. */
  async choose(chosen: Chosen): Promise<void> {
    this.keep(chosen);
    await this.applied.apply();
  }

  /** Like `choose`, but waits for no agent: it rejects with what is missing, and what fails later is
   *  shown outside of any run. A task that is given meanwhile waits by itself. */
  async adopt(chosen: Chosen): Promise<void> {
    this.keep(chosen);
    await this.preferences.forSession();
    this.applied.apply().catch((error: unknown) => {
      const problem = problemOf(error);
      if (problem.kind !== "replaced") this.show(problem);
    });
  }

  /** Uses `settings` for this visit; the next visit has what the person chose. */
  async use(settings: Settings): Promise<void> {
    this.preferences.settings = settings;
    this.host.requestUpdate();
    await this.applied.apply();
  }

  /** Keeps what the person chose, but nothing that the page set. It is applied before the next
   *  task. */
  keep(chosen: Chosen): void {
    saveSettings(withChosen(loadSettings(), chosen));
    this.preferences.settings = withChosen(this.preferences.settings, chosen);
    this.update({ problem: this.ready ? this.lasting : this.problem });
  }

  /** Begins another conversation; this one stays kept, if it is. */
  async leave(): Promise<void> {
    await this.tasks.leave().catch((error: unknown) => this.show(problemOf(error)));
  }

  /** What to do about a conversation that another tab has open: go on with it here. */
  async takeOver(): Promise<void> {
    this.show(null);
    await this.history?.takeOver();
  }

  /** Opens a kept conversation, after stopping the running task. */
  async open(id: string): Promise<void> {
    if (id === this.history?.id) return;
    await this.tasks.settle();
    this.show(null);
    await this.history?.open(id);
  }

  /** Forgets the conversation, after stopping the running task. */
  async clear(): Promise<void> {
    await this.tasks.clear().catch((error: unknown) => this.show(problemOf(error)));
  }

  /** Shows what went wrong outside of any run; null removes it. */
  show(problem: Problem | null): void {
    this.update({ problem });
  }

  /** Cancels the loading of a local model. The part that was downloaded is kept. */
  cancelLoading(): void {
    this.applied.cancel();
    // Any other settings replace the model that is loading.
    const { agent } = this.preferences.settings;
    const none: SessionSettings = { model: { kind: "demo" }, ...noOthers, agent };
    this.session.configure(none).catch(() => undefined);
    this.update({ progress: null });
  }

  /** Returns the local models that can be chosen. Rejects with `SessionError`. */
  async localModels(): Promise<LocalModelSource[]> {
    const models = await this.preferences.models.local();
    this.host.requestUpdate(); // the names are known now
    return models;
  }

  /** What is wrong still when a task begins. */
  private get lasting(): Problem | null {
    return this.history?.notKept ?? null;
  }

  private async configure(settings: SessionSettings): Promise<void> {
    try {
      await this.session.configure(settings);
      if (settings.model.kind === "local") this.host.onLocal?.(settings.model.source);
    } finally {
      this.update({ progress: null });
    }
  }

  /** Shows what another tab does with the conversation, which it has taken over. */
  private async letGo(): Promise<void> {
    const { history } = this;
    const id = history?.id;
    await this.tasks.settle();
    if (id) await history?.open(id);
  }

  private newHistory(): History {
    const { host, tasks } = this;
    const screen: Screen = {
      empty: () => tasks.empty(),
      show: (action, given) => tasks.show(action, given),
      shown: () => {
        if (!history.follows) tasks.interrupt();
        host.requestUpdate();
      },
      taken: () => void this.letGo(),
      problem: (problem) => this.show(problem),
      requestUpdate: () => host.requestUpdate(),
    };
    const library = new Library(() => void (history.id && history.open(history.id)));
    const history = new History(library, this.session, screen);
    tasks.keepIn(history);
    return history;
  }

  private tasksHost(): TasksHost {
    const { host, preferences } = this;
    return {
      get modelName() {
        return preferences.modelName;
      },
      requestUpdate: () => host.requestUpdate(),
      applySettings: (signal) => this.applied.applyLast(signal),
      begun: () => {
        if (this.ready) this.show(this.lasting);
      },
      abandoned: () => {
        if (preferences.usesLocal && this.progress) this.cancelLoading();
      },
      ended: () => this.update({ progress: null }),
    };
  }

  private fail(error: unknown): void {
    const problem = problemOf(error);
    this.update({ problem, progress: null });
    this.host.onProblem(problem);
  }

  private receive(message: FromAgent, buffers: ArrayBuffer[]): void {
    this.tasks.receive(message, buffers);
    if (message.type === "totals") this.update({ totals: message });
    // Packages may come while the reply that imports them is still written.
    const waits = this.progress && this.progress.stage !== "packages";
    if (message.type === "model_delta" && waits) this.update({ progress: null });
    this.host.onMessage(message);
  }

  private update(
    changes: Partial<Pick<Controller, "progress" | "problem" | "ready" | "totals">>,
  ): void {
    Object.assign(this, changes);
    this.host.requestUpdate();
  }
}

/** Whether packages have come. What else is loaded ends with what waited for it. */
function isOver({ stage, loaded, total }: Progress): boolean {
  return stage === "packages" && loaded === total;
}
