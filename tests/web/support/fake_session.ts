/** A session without workers. Tests and the gallery decide what its agent says, and when. */
import { HostTools } from "../../../web/src/agent/host_tools";
import { SessionError } from "../../../web/src/api/error";
import { notRun } from "../../../web/src/api/not_run";
import { SavedState } from "../../../web/src/api/saved_state";
import type {
  CallKeeper,
  MapOptions,
  MapTask,
  MessageListener,
  Progress,
  ProgressListener,
  Reply,
  RunOptions,
  Session,
  SessionSettings,
  Verdict,
} from "../../../web/src/api/session";
import type { FromAgent, RunFinished, ToAgent } from "../../../web/src/protocol";

export class FakeSession implements Session {
  readonly ready: Promise<void>;
  readonly configured: SessionSettings[] = [];
  readonly tasks: ({ task: string } & RunOptions)[] = [];
  readonly maps: ({ tasks: readonly MapTask[] } & MapOptions)[] = [];
  /** The messages about the page's tools and agents that the agent got. */
  readonly told: ToAgent[] = [];
  readonly verdicts: Verdict[] = [];
  readonly replies: Reply[] = [];
  /** What was restored, in order. */
  readonly restored: SavedState[] = [];
  saved = new SavedState();
  keepCall: CallKeeper = () => Promise.resolve();
  resumes = 0;
  stops = 0;
  tries = 0;
  clears = 0;
  disposed = false;
  /** What `configure` does. A call for a local model is replaced by a call for another model. */
  onConfigure: (settings: SessionSettings) => Promise<void> = async () => undefined;

  private readonly starting = Promise.withResolvers<void>();
  private readonly messages = new Set<MessageListener>();
  private readonly progresses = new Set<ProgressListener>();
  private readonly errors = new Set<(error: SessionError) => void>();
  private loading: { id: string | null; replaced: PromiseWithResolvers<void> } | null = null;
  private running: PromiseWithResolvers<RunFinished> | null = null;

  constructor(readonly tools = new HostTools()) {
    this.ready = this.starting.promise;
    this.ready.catch(() => undefined);
  }

  /** Says that the runtime and the agent are ready. */
  start(): void {
    this.tools.announce((message) => this.told.push(message));
    this.starting.resolve();
  }

  /** Says that this browser cannot run the agent. */
  fail(error: SessionError): void {
    this.starting.reject(error);
  }

  async configure(settings: SessionSettings): Promise<void> {
    this.configured.push(settings);
    const models = [settings.model, ...settings.others];
    const id = models.find((model) => model.kind === "local")?.source.id ?? null;
    if (this.loading?.id !== id) {
      this.loading?.replaced.reject(new SessionError("replaced", "Another model was chosen."));
      this.loading = id === null ? null : { id, replaced: Promise.withResolvers() };
    }
    await Promise.race([
      this.onConfigure(settings),
      ...(this.loading ? [this.loading.replaced.promise] : []),
    ]);
  }

  run(task: string, options: RunOptions = {}): Promise<RunFinished> {
    this.tasks.push({ task, ...options });
    this.running = Promise.withResolvers();
    return this.running.promise;
  }

  map(tasks: readonly MapTask[], options: MapOptions = {}): Promise<RunFinished> {
    this.maps.push({ tasks, ...options });
    this.running = Promise.withResolvers();
    return this.running.promise;
  }

  resume(): Promise<RunFinished> {
    this.resumes += 1;
    this.running = Promise.withResolvers<RunFinished>();
    return this.running.promise;
  }

  restore(state: SavedState): void {
    this.saved = state;
    this.restored.push(state);
  }

  keepCalls(keep: CallKeeper): void {
    this.keepCall = keep;
  }

  stop(): void {
    this.stops += 1;
  }

  tryNow(): void {
    this.tries += 1;
  }

  async clear(): Promise<void> {
    this.clears += 1;
    await this.ready;
  }

  approve(verdict: Verdict): void {
    this.verdicts.push(verdict);
  }

  reply(reply: Reply): void {
    this.replies.push(reply);
  }

  onMessage(listener: MessageListener): () => void {
    this.messages.add(listener);
    return () => this.messages.delete(listener);
  }

  onProgress(listener: ProgressListener): () => void {
    this.progresses.add(listener);
    return () => this.progresses.delete(listener);
  }

  onError(listener: (error: SessionError) => void): () => void {
    this.errors.add(listener);
    return () => this.errors.delete(listener);
  }

  dispose(): void {
    this.disposed = true;
    const closed = new SessionError("closed", "The session was closed.");
    this.starting.reject(closed);
    if (this.running) this.say(notRun("error", { ...closed, advice: "" }, "r1"));
  }

  /** Says something as the agent. A `run_finished` also ends the run. */
  say(message: FromAgent, ...buffers: ArrayBuffer[]): void {
    for (const listener of this.messages) listener(message, buffers);
    if (message.type === "run_finished" && message.run_id === "r1") this.running?.resolve(message);
  }

  progress(progress: Progress): void {
    for (const listener of this.progresses) listener(progress);
  }

  break(error: SessionError): void {
    for (const listener of this.errors) listener(error);
  }
}
