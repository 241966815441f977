/**
 * Joins the element to its session: tells the session which settings hold, and brings the progress
 * and every failure to the screen. The conversation is in `tasks`. It draws nothing; it tells its
 * host to.
 */
import { noTotals } from "../api/not_run";
import { problemOf } from "../api/error";
import type { LocalModelSource, Progress, Session, SessionSettings } from "../api/session";
import type { FromAgent, Problem, Totals } from "../protocol";
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
import { Tasks, type TasksHost } from "./tasks";

export interface Host {
  requestUpdate(): void;
  /** Every message of the agent, after the conversation has taken it in. */
  onMessage(message: FromAgent): void;
  /** The session as a whole failed. */
  onProblem(problem: Problem): void;
}

export class Controller {
  readonly tasks: Tasks;
  /** What all tasks of this visit came to. */
  totals: Totals = noTotals;
  /** What is being loaded now; null when nothing is. */
  progress: Progress | null = null;
  /** The session answers. */
  ready = false;
  /** What is wrong with the session as a whole. */
  problem: Problem | null = null;

  private readonly applied: Applied;

  constructor(
    private readonly host: Host,
    private readonly session: Session,
    readonly preferences = new Preferences(),
  ) {
    this.applied = new Applied(
      () => preferences.forSession(),
      (settings) => this.configure(settings),
    );
    this.tasks = new Tasks(this.tasksHost(), session);
    session.onMessage((message, buffers) => this.receive(message, buffers));
    session.onProgress((progress) => this.update({ progress }));
    session.onError((error) => this.fail(error));
  }

  /** Resolves when tasks can run. Rejects with `SessionError` when this browser cannot. */
  async start(): Promise<void> {
    const { usesLocal, vault } = this.preferences;
    // Only for the model's name; whoever chooses from the list hears why there is none.
    if (usesLocal) this.localModels().catch(() => undefined);
    try {
      // Without IndexedDB there are no kept keys, and all else works.
      await Promise.all([this.session.ready, vault.load().catch(() => undefined)]);
      this.update({ ready: true, progress: null });
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  /** Use and keep what the person chose. Rejects with `SessionError` when the model cannot be used. */
  async choose(chosen: Chosen): Promise<void> {
    this.keep(chosen);
    await this.applied.apply();
  }

  /** Use `settings` in this page only: another visit has those that the person chose. */
  async use(settings: Settings): Promise<void> {
    this.preferences.settings = settings;
    this.host.requestUpdate();
    await this.applied.apply();
  }

  /** Keep what the person chose, and nothing of the page's; it is applied before the next task. */
  keep(chosen: Chosen): void {
    saveSettings(withChosen(loadSettings(), chosen));
    this.preferences.settings = withChosen(this.preferences.settings, chosen);
    this.update({ problem: this.ready ? null : this.problem });
  }

  /** Forgets the conversation; a task that runs is stopped. */
  async clear(): Promise<void> {
    await this.tasks.clear().catch((error: unknown) => this.show(problemOf(error)));
  }

  /** Shows what went wrong outside of a run. */
  show(problem: Problem | null): void {
    this.update({ problem });
  }

  /** Ends the loading of a local model. What was downloaded is kept for the next time. */
  cancelLoading(): void {
    this.applied.cancel();
    // Whatever is configured next replaces what is being loaded.
    const { agent } = this.preferences.settings;
    const none: SessionSettings = { model: { kind: "demo" }, ...noOthers, agent };
    this.session.configure(none).catch(() => undefined);
    this.update({ progress: null });
  }

  /** The local models that can be chosen. Rejects with `SessionError`. */
  async localModels(): Promise<LocalModelSource[]> {
    const models = await this.preferences.models.local();
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

  private tasksHost(): TasksHost {
    const { host, preferences } = this;
    return {
      get modelName() {
        return preferences.modelName;
      },
      requestUpdate: () => host.requestUpdate(),
      applySettings: (signal) => this.applied.applyLast(signal),
      begun: () => {
        if (this.ready) this.show(null);
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
    if (message.type === "model_delta" && this.progress) this.update({ progress: null });
    this.host.onMessage(message);
  }

  private update(
    changes: Partial<Pick<Controller, "progress" | "problem" | "ready" | "totals">>,
  ): void {
    Object.assign(this, changes);
    this.host.requestUpdate();
  }
}
