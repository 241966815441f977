/**
 * The element as the page around it knows it: what it sets, calls and hears. It draws nothing;
 * `py-agent.ts` does.
 */
import { LitElement, type PropertyValues } from "lit";
import { property } from "lit/decorators.js";
import { stateOf, type AgentState, type RunResult, type TaskOptions } from "../api/result";
import type { Batch } from "../api/batch";
import { faultOf, keysOf, withConfig, type Config } from "../settings/config";
import { noTotals } from "../api/not_run";
import type { FromAgent, Problem } from "../protocol";
import { createSession } from "../session";
import type {
  HostAgent,
  HostTool,
  MapOptions,
  MapTask,
  Session,
  ToolHandler,
} from "../api/session";
import { SessionError } from "../api/error";
import type { Theme } from "../settings/settings";
import { Controller } from "./controller";
import { Preferences } from "../settings/preferences";
import { HostTools } from "../agent/host_tools";

export abstract class AgentElement extends LitElement {
  @property() provider: string | null = null;
  @property() model: string | null = null;
  @property({ attribute: "base-url" }) baseUrl: string | null = null;
  @property() agent: string | null = null;
  @property({ reflect: true, converter: { fromAttribute: themeOf } }) theme: Theme = "auto";
  /** Makes what the element talks to; another one can be put here before it is connected. */
  sessionFactory: (tools: HostTools) => Session = (tools) => createSession(tools);

  /** Of the last session; there is none before the element is in a document. */
  protected controller!: Controller;
  /** Null while the element is in no document. */
  private session: Session | null = null;
  private started = unsettled();
  private readonly preferences = new Preferences();
  private readonly tools = new HostTools();

  /** Resolves when tasks can run; rejects with what this browser lacks. It stands for the session at
   *  hand, or the one to come: an element that is taken out and put back has another one. */
  get ready(): Promise<void> {
    return this.started.promise;
  }

  /** Use this model, or these as one, and these settings from the next task on. Rejects with
   *  `SessionError`. In no document it only keeps them: the first task tells what is not there. */
  async configure(config: Config): Promise<void> {
    const { preferences } = this;
    this.takeAttributes();
    const settings = withConfig(preferences.settings, config);
    const keys = keysOf(config, settings);
    preferences.settings = settings; // before anything is awaited: a next call builds on it
    preferences.vault.give(keys);
    if (this.session) await this.controller.use(preferences.settings);
  }

  /** Offers a function of the page to the agent. The value it returns must fit into JSON. */
  addTool(tool: HostTool, handler: ToolHandler): void {
    this.tools.addTool(tool, handler);
  }

  /** Takes a function of the page back. */
  removeTool(name: string): void {
    this.tools.removeTool(name);
  }

  /** Lets the agent call another one, which has the same model and a sandbox of its own. */
  addAgent(agent: HostAgent): void {
    this.tools.addAgent(agent);
  }

  /** Takes an agent of `addAgent` back. */
  removeAgent(name: string): void {
    this.tools.removeAgent(name);
  }

  /** Solves a task, on screen. Resolves for every ending; rejects while another task runs, and in no
   *  document. */
  async run(task: string, options: TaskOptions = {}): Promise<RunResult> {
    const { connected } = this;
    this.takeAttributes();
    const result = await connected.tasks.run(task, options);
    await this.updateComplete; // whoever hears of the end can give a next task at once
    if (result.problem) this.tell("pyagent-error", result.problem);
    this.tell("pyagent-result", result);
    return result;
  }

  /**
   * Solves tasks at once, each with an agent that knows nothing of the others, on screen. Gives the
   * results as they complete. Throws while another task runs, and in no document.
   */
  map(tasks: Iterable<string | MapTask>, options: MapOptions = {}): Batch {
    const given = Array.from(tasks, (task) => (typeof task === "string" ? { task } : task));
    const { connected } = this;
    this.takeAttributes();
    return connected.tasks.map(given, options);
  }

  /** Ends the task that runs; it finishes as cancelled. */
  stop(): void {
    if (this.session) this.controller.tasks.stop();
  }

  /** Forgets the conversation and starts with an empty sandbox. Rejects in no document. */
  async clear(): Promise<void> {
    await this.connected.clear();
  }

  /** What all tasks of this session, or else of the last, came to so far. The conversation may have
   *  been cleared meanwhile. */
  get state(): AgentState {
    return stateOf(this.controller?.totals ?? noTotals);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (!this.session) this.begin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // An element that is only moved in the document comes back before this task ends.
    setTimeout(() => {
      if (!this.isConnected && this.session) this.end(this.session);
    });
  }

  /** So that the screen shows them; a task does not wait for it. */
  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("theme") && !this.hasAttribute("theme")) this.takeTheme();
    if (this.session) this.takeAttributes();
  }

  /** Where the page wants none, it is the person's. */
  private takeTheme(): void {
    if (this.theme === "auto") this.theme = this.preferences.settings.theme;
  }

  /** Attributes that are new hold from the next task on. */
  private takeAttributes(): void {
    const { preferences, session } = this;
    const areNew = preferences.take(this);
    if (!session) return;
    preferences.language = this.lang;
    if (areNew) this.tellFault();
  }

  /** What is wrong with the attributes, on screen and to the page. */
  private tellFault(): void {
    const fault = faultOf(this);
    if (!fault) return;
    this.controller.show(fault);
    void this.ready.then(
      () => this.tell("pyagent-error", fault),
      () => undefined, // there is worse to tell
    );
  }

  /** The controller, while there is a session behind it. */
  private get connected(): Controller {
    if (this.session) return this.controller;
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
      },
      session,
      this.preferences,
    );
    const { controller, started } = this;
    this.takeTheme();
    this.tellFault();
    controller.start().then(() => {
      started.resolve();
      tell("pyagent-ready");
    }, started.reject);
  }

  /** Until it is put back, it has no session. */
  private end(session: Session): void {
    session.dispose();
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

/** Nobody has to listen to it: the screen tells what is wrong, too. */
function unsettled(): PromiseWithResolvers<void> {
  const start = Promise.withResolvers<void>();
  start.promise.catch(() => undefined);
  return start;
}
