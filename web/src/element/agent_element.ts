/**
 * The element as the page around it knows it: what it sets, calls and hears. It draws nothing;
 * `py-agent.ts` does.
 */
import { LitElement } from "lit";
import { property } from "lit/decorators.js";
import { stateOf, type AgentState, type RunResult, type TaskOptions } from "../api";
import type { Batch } from "../batch";
import { faultOf, keysOf, withAttributes, withConfig, type Config } from "../config";
import type { FromAgent, Problem } from "../protocol";
import { createSession } from "../session";
import type {
  HostAgent,
  HostTool,
  MapOptions,
  MapTask,
  Session,
  ToolHandler,
} from "../session_api";
import type { Theme } from "../settings";
import { Controller } from "./controller";

export abstract class AgentElement extends LitElement {
  @property() provider: string | null = null;
  @property() model: string | null = null;
  @property({ attribute: "base-url" }) baseUrl: string | null = null;
  @property() agent: string | null = null;
  @property({ reflect: true }) theme: Theme = "auto";
  /** Makes what the element talks to; another one can be put here before it is connected. */
  sessionFactory: () => Session = createSession;
  /** Resolves when tasks can run; rejects with what this browser lacks. */
  readonly ready: Promise<void>;

  protected controller!: Controller;
  private session: Session | null = null;
  private readonly started = Promise.withResolvers<void>();

  constructor() {
    super();
    this.ready = this.started.promise;
    this.ready.catch(() => undefined); // the screen tells it; nobody has to listen
  }

  /** Use this model, or these as one, and these settings from the next task on. Rejects with
   *  `SessionError`. */
  async configure(config: Config): Promise<void> {
    const { controller } = this;
    const settings = withConfig(controller.settings, config);
    for (const [origin, key] of keysOf(config, settings)) await controller.vault.set(origin, key);
    await controller.use(settings);
  }

  /** Offers a function of the page to the agent. The value it returns must fit into JSON. */
  addTool(tool: HostTool, handler: ToolHandler): void {
    this.session?.addTool(tool, handler);
  }

  /** Takes a function of the page back. */
  removeTool(name: string): void {
    this.session?.removeTool(name);
  }

  /** Lets the agent call another one, which has the same model and a sandbox of its own. */
  addAgent(agent: HostAgent): void {
    this.session?.addAgent(agent);
  }

  /** Takes an agent of `addAgent` back. */
  removeAgent(name: string): void {
    this.session?.removeAgent(name);
  }

  /** Solves a task, on screen. Resolves for every ending; rejects while another task runs. */
  async run(task: string, options: TaskOptions = {}): Promise<RunResult> {
    const result = await this.controller.run(task, options);
    await this.updateComplete; // whoever hears of the end can give a next task at once
    if (result.problem) this.tell("pyagent-error", result.problem);
    this.tell("pyagent-result", result);
    return result;
  }

  /**
   * Solves tasks at once, each with an agent that knows nothing of the others, on screen. Gives the
   * results as they complete. Throws while another task runs.
   */
  map(tasks: Iterable<string | MapTask>, options: MapOptions = {}): Batch {
    const given = Array.from(tasks, (task) => (typeof task === "string" ? { task } : task));
    return this.controller.map(given, options);
  }

  /** Ends the task that runs; it finishes as cancelled. */
  stop(): void {
    this.controller.stop();
  }

  /** Forgets the conversation and starts with an empty sandbox. */
  async clear(): Promise<void> {
    await this.controller.clear();
  }

  /** What all tasks so far came to. The conversation may have been cleared meanwhile. */
  get state(): AgentState {
    return stateOf(this.controller.totals);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (!this.session) this.begin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // An element that is only moved in the document comes back before this task ends.
    setTimeout(() => {
      if (this.isConnected) return;
      this.session?.dispose();
      this.session = null;
    });
  }

  private begin(): void {
    this.session = this.sessionFactory();
    this.controller = new Controller(
      {
        requestUpdate: () => this.requestUpdate(),
        onMessage: (message: FromAgent) => this.tell("pyagent-message", message),
        onProblem: (problem: Problem) => this.tell("pyagent-error", problem),
      },
      this.session,
    );
    const { controller } = this;
    controller.settings = withAttributes(controller.settings, this);
    controller.language = this.lang;
    if (controller.settings.theme !== "auto") this.theme = controller.settings.theme;
    controller.show(faultOf(this));
    controller.start().then(() => {
      this.started.resolve();
      this.tell("pyagent-ready", undefined);
    }, this.started.reject);
  }

  private tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}
