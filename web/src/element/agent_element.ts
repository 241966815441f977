/**
 * The element as a page author uses it: its attributes, methods and events. It draws nothing;
 * `py-agent.ts` does.
 */
import { LitElement, type PropertyValues } from "lit";
import { property } from "lit/decorators.js";
import { HostTools } from "../agent/host_tools";
import type { Batch } from "../api/batch";
import { SessionError } from "../api/error";
import { noTotals } from "../api/not_run";
import { stateOf, type AgentState, type RunResult, type TaskOptions } from "../api/result";
import type { HostTool, MapOptions, MapTask, Session, ToolHandler } from "../api/session";
import type { FromAgent, HostAgent, Problem } from "../protocol";
import { engineFiles } from "../models/local";
import type { Offline } from "../offline/offline";
import { firstUses } from "../render/first_use";
import { createSession } from "../session";
import { faultOf, keysOf, withConfig, type Config } from "../settings/config";
import { Preferences } from "../settings/preferences";
import type { Theme } from "../settings/settings";
import { Controller } from "./controller";
import { whenIdle } from "./look/idle";

export abstract class AgentElement extends LitElement {
  @property() provider: string | null = null;
  @property() model: string | null = null;
  @property({ attribute: "base-url" }) baseUrl: string | null = null;
  @property() agent: string | null = null;
  @property({ reflect: true, converter: { fromAttribute: themeOf } }) theme: Theme = "auto";
  /** Whether the browser keeps the conversations. */
  @property({ type: Boolean, attribute: "history" }) keepsHistory = false;
  /** What keeps the page for offline use. Only the page of this project sets it. */
  @property({ attribute: false }) offline: Offline | null = null;
  /** Makes the session. A test can set another factory before the element is connected. */
  sessionFactory: (tools: HostTools) => Session = (tools) => createSession(tools);

  /** The controller of the last session; undefined until the element is first in a document. */
  protected controller!: Controller;
  /** The session; null while the element is not in a document. */
  private session: Session | null = null;
  private started = unsettled();
  private readonly preferences = new Preferences();
  private readonly tools = new HostTools();

  /** Resolves when tasks can run; rejects with what this browser lacks. It belongs to the current
   *  session, or else to the next: an element that is removed and put back gets a new session. */
  get ready(): Promise<void> {
    return this.started.promise;
  }

  /** Uses this model, or these models as one, and these settings from the next task on. Rejects
   *  with `SessionError`. Outside a document it only keeps them, and the first task reports what is
   *  wrong. */
  async configure(config: Config): Promise<void> {
    const { preferences } = this;
    this.takeAttributes();
    const settings = withConfig(preferences.settings, config);
    const keys = keysOf(config, settings);
    preferences.settings = settings; // before any await, because the next call builds on it
    preferences.vault.give(keys);
    if (this.session) await this.controller.use(preferences.settings);
  }

  /** Offers a function of the page to the agent. Its return value must fit into JSON. */
  addTool(tool: HostTool, handler: ToolHandler): void {
    this.tools.addTool(tool, handler);
  }

  /** Removes a tool that `addTool` added. */
  removeTool(name: string): void {
    this.tools.removeTool(name);
  }

  /** Lets the agent call another agent, which has the same model and its own sandbox. */
  addAgent(agent: HostAgent): void {
    this.tools.addAgent(agent);
  }

  /** Removes an agent that `addAgent` added. */
  removeAgent(name: string): void {
    this.tools.removeAgent(name);
  }

  /** Runs a task on screen. Resolves however the task ends; rejects while another task runs, and
   *  outside a document. */
  async run(task: string, options: TaskOptions = {}): Promise<RunResult> {
    const { connected } = this;
    this.takeAttributes();
    return this.told(await connected.tasks.run(task, options));
  }

  /** Tells the page how a task ended. */
  private async told(result: RunResult): Promise<RunResult> {
    await this.updateComplete; // so that a listener can give the next task at once
    if (result.problem) this.tell("pyagent-error", result.problem);
    this.tell("pyagent-result", result);
    return result;
  }

  /**
   * Runs several tasks at once on screen, each with an agent that knows nothing of the others.
   * Yields the results as they complete. Throws while another task runs, and outside a document.
   */
  map(tasks: Iterable<string | MapTask>, options: MapOptions = {}): Batch {
    const given = Array.from(tasks, (task) => (typeof task === "string" ? { task } : task));
    const { connected } = this;
    this.takeAttributes();
    return connected.tasks.map(given, options);
  }

  /** Goes on with the interrupted task of the conversation on screen, which was kept. Resolves and
   *  rejects like `run`. */
  async resume(): Promise<RunResult> {
    return this.told(await this.connected.tasks.resume());
  }

  /** Stops the running task, which then ends as cancelled. */
  stop(): void {
    if (this.session) this.controller.tasks.stop();
  }

  /** Forgets the conversation and starts with an empty sandbox. Rejects outside a document. */
  async clear(): Promise<void> {
    await this.connected.clear();
  }

  /** Totals of all tasks of this session, or else of the last one. Clearing the conversation does
   *  not reset them. */
  get state(): AgentState {
    return stateOf(this.controller?.totals ?? noTotals);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (!this.session) this.begin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // An element that only moves within the document is back before the timer fires.
    setTimeout(() => {
      if (!this.isConnected && this.session) this.end(this.session);
    });
  }

  /** Takes attributes in, so that the screen shows them. A task takes them in itself. */
  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("offline")) {
      this.offline?.addEventListener("change", () => this.requestUpdate());
    }
    if (changed.has("theme") && !this.hasAttribute("theme")) this.takeTheme();
    if (this.session) this.takeAttributes();
  }

  /** Uses the person's theme when the page sets none. */
  private takeTheme(): void {
    if (this.theme === "auto") this.theme = this.preferences.settings.theme;
  }

  /** Takes in the attributes; changed ones hold from the next task on. */
  private takeAttributes(): void {
    const { preferences, session } = this;
    const areNew = preferences.take(this);
    if (!session) return;
    preferences.language = this.lang;
    if (areNew) this.tellFault();
  }

  /** Reports what is wrong with the attributes, on screen and to the page. */
  private tellFault(): void {
    const fault = faultOf(this);
    if (!fault) return;
    this.controller.show(fault);
    void this.ready.then(
      () => this.tell("pyagent-error", fault),
      () => undefined, // a worse error is reported
    );
  }

  /** The controller. Throws `SessionError` when there is no session. */
  private get connected(): Controller {
    if (this.session) return this.controller;
    if (this.isConnected) {
      const message = "Everything was forgotten, so there is no agent.";
      throw new SessionError("closed", message, "Load the page again.");
    }
    const message = "The element is in no document, so it has no agent.";
    throw new SessionError("not_connected", message, "Put it into the document first.");
  }

  private begin(): void {
    const session = (this.session = this.sessionFactory(this.tools));
    const tell = (name: string, detail?: unknown) => {
      if (session === this.session) this.tell(name, detail);
    };
    this.preferences.take(this);
    this.preferences.language = this.lang;
    this.controller = new Controller(
      {
        requestUpdate: () => this.requestUpdate(),
        onMessage: (message: FromAgent) => tell("pyagent-message", message),
        onProblem: (problem: Problem) => tell("pyagent-error", problem),
        onLocal: (source) => void engineFiles(source).then((paths) => this.offline?.keep(paths)),
      },
      session,
      this.preferences,
      this.keepsHistory,
    );
    const { controller, started } = this;
    this.takeTheme();
    this.tellFault();
    controller.start().then(() => {
      started.resolve();
      tell("pyagent-ready");
      void whenIdle(firstUses);
    }, started.reject);
  }

  /** Ends the session, so that nothing is kept any more. */
  protected close(): void {
    if (this.session) this.end(this.session);
  }

  /** Ends the session. The element gets a new one when it is put back. */
  private end(session: Session): void {
    session.dispose();
    this.controller.history?.dispose();
    this.session = null;
    this.started.reject(new SessionError("closed", "The element was taken out of the document."));
    this.started = unsettled();
  }

  private tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

function themeOf(attribute: string | null): Theme {
  return attribute === "light" || attribute === "dark" ? attribute : "auto";
}

/** Returns a promise that nobody needs to handle, because the screen reports the error too. */
function unsettled(): PromiseWithResolvers<void> {
  const start = Promise.withResolvers<void>();
  start.promise.catch(() => undefined);
  return start;
}
