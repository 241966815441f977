/**
 * The real session: an agent worker, sandboxes for it, and a local model where one is chosen.
 *
 * The page starts and ends all of them, and they talk to each other through this file.
 * `api/session` says what the element may expect.
 */
import type { Agent } from "./agent/agent";
import { attachSandbox } from "./agent/attach_sandbox";
import { agentLost, Continuation, filesLost } from "./agent/continuation";
import type { HostTools } from "./agent/host_tools";
import { Listeners, subscribe } from "./agent/listeners";
import { NetworkWatch } from "./agent/network";
import { packagesProgress } from "./agent/packages_progress";
import { PageModel } from "./agent/page_model";
import { browserParts, type SessionParts } from "./agent/session_parts";
import { Work } from "./agent/work";
import { SessionError, errorOf, problemOf, messageOf } from "./api/error";
import { notRun } from "./api/not_run";
import type { SavedState } from "./api/saved_state";
import type {
  CallKeeper,
  MapOptions,
  MapTask,
  MessageListener,
  Progress,
  ProgressListener,
  RunOptions,
  Session,
  SessionSettings,
  Reply,
  Verdict,
} from "./api/session";
import { ChosenModels } from "./models/chosen";
import type { FromAgent, RunFinished } from "./protocol";
import type { RuntimeFiles } from "./runtime/boot";
import { PackageStore } from "./runtime/packages";
import { Readiness } from "./sandbox/readiness";

type Pending<T> = PromiseWithResolvers<T>;
type Configured = FromAgent & { type: "configured" };

interface SessionOptions {
  /** The folder of the built page; by default, the document's own. */
  baseUrl?: URL;
  parts?: SessionParts;
}

/** Starts a session whose agent may use `tools`. */
export function createSession(tools: HostTools, options: SessionOptions = {}): Session {
  const { baseUrl = new URL("./", document.baseURI), parts = browserParts } = options;
  return new BrowserSession(tools, baseUrl, parts);
}

class BrowserSession implements Session {
  readonly ready: Promise<void>;

  private readonly starting = Promise.withResolvers<void>();
  private pool: ReturnType<SessionParts["makePool"]> | null = null;
  private agent: ReturnType<SessionParts["makeAgent"]> | null = null;
  private agentStarted = Promise.withResolvers<void>();
  private agentWorks = false;
  /** Starts a new agent in place of this one, which has died for a reason. */
  private replace: (reason: string | null) => void = () => undefined;
  /** Resolves when the agent knows the settings; when one has died, the new one. */
  private agentUp: Promise<void> = this.agentStarted.promise;

  /** The last settings, kept for an agent that replaces a dead one. */
  private settings: SessionSettings | null = null;

  /** Settings that the agent has not answered yet, in order; it answers in the same order. */
  private configuring: Pending<Configured>[] = [];
  /** The error for every call after `dispose`; null until then. */
  private closed: SessionError | null = null;

  private readonly work = new Work(
    (...args) => this.send(...args),
    () => this.free(),
    (ended) => this.giveUp(ended),
  );
  private readonly network = new NetworkWatch((message) => this.agent?.send(message));
  private readonly pageModel = new PageModel((message) => this.agent?.send(message));
  private readonly models: ChosenModels;
  private readonly packages: PackageStore;
  private readonly listeners = new Listeners();
  private readonly continuation: Continuation;
  private readiness: Readiness | null = null;

  constructor(
    private readonly tools: HostTools,
    private readonly baseUrl: URL,
    private readonly parts: SessionParts,
  ) {
    this.models = new ChosenModels(
      baseUrl,
      (model) => this.pageModel.use(model),
      (progress) => this.report(progress),
      () => this.work.idle(),
    );
    this.continuation = new Continuation(tools);
    this.packages = new PackageStore(new URL("packages/", baseUrl));
    this.ready = this.starting.promise;
    // Callers who await these promises see the errors.
    this.ready.catch(() => undefined);
    this.agentUp.catch(() => undefined);
    this.start().then(this.starting.resolve, this.starting.reject);
  }

  private async start(): Promise<void> {
    this.parts.checkBrowser();
    const runtime = await this.fetchRuntime();
    this.checkOpen();
    this.pool = this.parts.makePool(runtime);
    this.readiness = new Readiness(runtime, this.packages, this.pool, () => this.work.idle());
    this.report({ stage: "agent", label: "Starting the agent", loaded: 0, total: null });
    this.startAgent(runtime);
    await this.agentStarted.promise;
    this.report({ stage: "agent", label: "Ready", loaded: 1, total: 1 });
    void this.readiness.known.then(() => {
      this.pool?.warm();
      void this.readiness?.loadUsed();
    });
  }

  private async fetchRuntime(): Promise<RuntimeFiles> {
    const label = "Loading Python";
    try {
      return await this.parts.fetchRuntime(this.baseUrl, (loaded, total) =>
        this.report({ stage: "runtime", label, loaded, total }),
      );
    } catch (error) {
      throw new SessionError(
        "not_loaded",
        `The agent's files could not be loaded: ${messageOf(error)}`,
        "Check the connection and load the page again.",
      );
    }
  }

  // --- what the element calls ----------------------------------------------------------------

  async configure(settings: SessionSettings): Promise<void> {
    await this.ready;
    this.checkOpen();
    const { choose, agent } = settings;
    const [model, ...others] = await this.models.choose([settings.model, ...settings.others]);
    this.checkOpen();
    const answer = Promise.withResolvers<Configured>();
    this.send({ type: "configure", model: model!, others, choose, agent }); // may throw
    this.configuring.push(answer);
    this.settings = settings;
    const { problem } = await answer.promise;
    if (problem !== null) throw errorOf(problem);
  }

  run(task: string, options: RunOptions = {}): Promise<RunFinished> {
    const id = crypto.randomUUID();
    if (this.work.id === null) {
      this.continuation.state.begin(id, options.maxSteps ?? null, options.files);
    }
    return this.work.run(id, task, options);
  }

  resume(): Promise<RunFinished> {
    return this.work.resume(this.continuation.state);
  }

  restore(state: SavedState): void {
    if (state.isEmpty) this.clear().catch(() => undefined); // every call sees such an error
    this.continuation.restore(state);
  }

  get saved(): SavedState {
    return this.continuation.state;
  }

  keepCalls(keep: CallKeeper): void {
    this.continuation.keepCall = keep;
  }

  map(tasks: readonly MapTask[], options: MapOptions = {}): Promise<RunFinished> {
    return this.work.map(tasks, options);
  }

  stop(): void {
    this.work.stop();
  }

  tryNow(): void {
    this.send({ type: "try_now" });
  }

  clear(): Promise<void> {
    return this.continuation.clear(this.up(), (message) => this.send(message));
  }

  approve(verdict: Verdict): void {
    this.send({ type: "approve", ...verdict });
  }

  reply(reply: Reply): void {
    this.send({ type: "give_input", ...reply });
  }

  onMessage(listener: MessageListener): () => void {
    return subscribe(this.listeners.messages, listener);
  }

  onProgress(listener: ProgressListener): () => void {
    return subscribe(this.listeners.progress, listener);
  }

  onError(listener: (error: SessionError) => void): () => void {
    return subscribe(this.listeners.errors, listener);
  }

  dispose(): void {
    this.closed = new SessionError("closed", "The session was closed.");
    this.agent?.end();
    this.network.dispose();
    this.pool?.dispose();
    this.models.dispose();
    this.starting.reject(this.closed);
    this.agentStarted.reject(this.closed);
    this.failPending(this.closed);
  }

  // --- the agent worker ----------------------------------------------------------------------

  private startAgent(runtime: RuntimeFiles): void {
    this.replace = (reason) => this.agentDied(runtime, reason);
    const url = new URL("assets/agent.worker.js", this.baseUrl);
    const agent = this.parts.makeAgent(
      url,
      runtime,
      this.packages.folder,
      (message, buffers) => this.receive(message, buffers),
      (progress) => this.report(packagesProgress(progress)),
    );
    this.agent = agent;
    void agent.died.then((reason) => {
      if (this.agent === agent && !this.closed) this.agentDied(runtime, reason);
    });
  }

  /** Ends the task of an agent that does not hear a stop, and starts a new agent. */
  private giveUp(ended: RunFinished): void {
    this.continuation.state.end();
    this.receive(ended, []);
    this.replace(null);
  }

  /** Starts a new agent, which gets the conversation back and goes on with the run. A person is told
   *  of a `reason`. */
  private agentDied(runtime: RuntimeFiles, reason: string | null): void {
    this.agent?.end();
    this.pool?.releaseAll();
    this.pageModel.abandon();
    const { state } = this.continuation;
    const { id, canBeGivenAgain, isStopped } = this.work;
    const step = this.agentWorks ? this.continuation.takenOverAfter(id, canBeGivenAgain) : null;
    const why = reason ?? "It did not hear the stop.";
    const error = agentLost(why, this.agentWorks, isStopped ? null : step);
    this.continuation.agentDied();
    this.failPending(error, step !== null);
    this.agentStarted.reject(error);
    if (!this.agentWorks) return; // it died while starting, and would die again
    this.agentWorks = false;
    this.agentStarted = Promise.withResolvers<void>();
    this.agentUp = this.agentStarted.promise.then(() => this.configureAgain());
    this.agentUp.catch(() => undefined); // the next call on the session sees the error
    this.startAgent(runtime);
    if (step !== null) this.work.again(state);
    if (reason !== null) this.tell(error);
  }

  private async configureAgain(): Promise<void> {
    if (this.settings === null) return;
    try {
      await this.configure(this.settings);
    } catch (error) {
      if (error instanceof SessionError) this.tell(error);
    }
  }

  private failPending(error: SessionError, exceptRun = false): void {
    for (const answer of this.configuring.splice(0)) answer.reject(error);
    this.continuation.fail(error);
    if (this.work.id === null || exceptRun) return;
    this.continuation.state.end();
    this.receive(notRun("error", problemOf(error), this.work.id), []);
  }

  /** Resolves when the agent may be given a task. */
  private async free(): Promise<void> {
    await this.up();
    await this.continuation.cleared();
    const agent = this.agent!;
    const unread = await this.continuation.giveTo(agent, () => agent === this.agent);
    if (unread.length && agent === this.agent) this.tell(filesLost(unread));
  }

  /** Resolves when there is an agent that knows the settings. */
  private async up(): Promise<void> {
    await this.ready;
    await this.agentUp;
    this.checkOpen();
  }

  private checkOpen(): void {
    if (this.closed) throw this.closed;
  }

  private send(...args: Parameters<Agent["send"]>): void {
    this.agent?.send(...args);
  }

  /** Does what a message asks of the session, then passes every message to the listeners. */
  private receive(message: FromAgent, buffers: ArrayBuffer[]): void {
    if (this.continuation.isOfAnother(message)) return;
    this.continuation.take(message, buffers);
    this.handle(message);
    for (const listener of this.listeners.messages) listener(message, buffers);
    if (message.type !== "run_finished") return;
    if (message.run_id === this.work.id) {
      void this.work.idle().then(() => this.pageModel.readAhead());
    }
    this.work.ended(message); // after every listener
  }

  private handle(message: FromAgent): void {
    switch (message.type) {
      case "conversation_restored":
        if (message.problem) this.tell(errorOf(message.problem));
        break;
      case "agent_ready":
        this.agentReady();
        break;
      case "configured":
        this.configuring.shift()?.resolve(message);
        break;
      case "stopping":
        this.work.heard();
        break;
      case "sandbox_request":
        void attachSandbox(
          message,
          this.pool!,
          () => this.agent,
          () => this.work.idle(),
        );
        break;
      case "sandbox_packages":
        void this.readiness?.use(message);
        break;
      case "step_finished":
        this.pool?.prepare();
        break;
      case "sandbox_released":
        this.pool?.release(message.sandbox);
        break;
      case "tool_call":
        void this.continuation.call(message, this.agent!);
        break;
      case "page_model_prepare":
        void this.pageModel.prepare(message);
        break;
      case "page_model_request":
        void this.pageModel.generate(message);
        break;
      case "page_model_cancel":
        this.pageModel.cancel(message.request_id);
        break;
    }
  }

  private agentReady(): void {
    this.agentWorks = true;
    this.agentStarted.resolve();
    this.tools.announce((message) => this.send(message));
    this.network.announce();
  }

  private tell(error: SessionError): void {
    this.listeners.tell(error);
  }

  private report(progress: Progress): void {
    this.listeners.report(progress);
  }
}
