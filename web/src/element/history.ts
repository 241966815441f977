/**
 * Keeps the conversation on screen in the browser's storage, and brings kept ones back.
 *
 * `Tasks` tells it every action, and waits with what the page shows as done until that is on disk.
 * `journal/` does the writing and reading. A page without the attribute `history` has no `History`.
 */
import { problemOf, SessionError } from "../api/error";
import { SavedState } from "../api/saved_state";
import type { Session } from "../api/session";
import { isTaken, type Journal } from "../journal/journal";
import type { Library, ListedConversation } from "../journal/library";
import { askToPersist, persistAsks } from "../journal/persistence";
import type {
  Event,
  FromAgent,
  ModelDelta,
  Problem,
  SavePoint,
  ToolCall,
  ToolReturn,
} from "../protocol";
import { plural } from "../render/format";
import type { Action } from "./state/conversation";
import { callEntry, entryOf, eventEntry, sizeOf, type Entry, type Given } from "./state/entries";
import { Reader } from "./state/reader";

/** Names the conversation that this tab has open, for a reload. */
const OPEN = "pyagent-conversation";
/** Names a conversation whose storage failed in the middle of a run. */
const LOST = "pyagent-conversation-lost";
/** How long the page waits with the end of a step for the variables after it: longer than the agent
 *  waits for them. */
const STATE_WAIT_MS = 6000;
/** The conversations that elements of this page have open. */
const openHere = new Set<string>();

/** How many conversations the first screen names. */
const RECENT = 3;

/** What `History` changes on screen. */
export interface Screen {
  /** Shows an empty conversation. */
  empty(): void;
  /** Shows an action of a kept conversation. */
  show(action: Action, given: Given): void;
  /** Is told that all of a kept conversation is shown. */
  shown(): void;
  /** Stops the run, because another tab has taken the conversation over, and shows what happens
   *  there. */
  taken(): void;
  /** Shows what went wrong. */
  problem(problem: Problem): void;
  requestUpdate(): void;
}

/** The events before which everything that streamed is settled. */
const SETTLING: ReadonlySet<Event["type"]> = new Set([
  "model_replied",
  "planned",
  "run_finished",
  "run_resumed",
  "step_finished",
  "step_started",
]);
/** The event that repeats what streamed on a channel. */
const REPEATED_BY: Record<ModelDelta["channel"], Event["type"] | null> = {
  text: "model_replied",
  plan: "planned",
  reasoning: null,
};

export class History {
  /** The conversation that is open; null before its first task. */
  id: string | null = null;
  /** The conversations that changed last. */
  recent: readonly ListedConversation[] = [];

  /** Why what happens in the conversation is not kept; null while it is. */
  notKept: Problem | null = null;

  /** Settles when the conversation that is being opened is on screen; null when none is. */
  opening: Promise<void> | null = null;

  private journal: Promise<Journal | null> | null = null;
  private readonly deltas = new Map<string, ModelDelta>();
  /** The save point at the end of the run, which is kept with the run's last event. */
  private ending: SavePoint | null = null;
  /** The last run that ended. */
  private finished = "";
  /** Waits for the save point of a step. */
  private awaited: { step: number; run: string; kept: () => void } | null = null;
  private tasks = 0;
  /** Counts what was opened and left, so that what is late can be told. */
  private current = 0;

  constructor(
    readonly library: Library,
    private readonly session: Session,
    private readonly screen: Screen,
  ) {
    session.keepCalls((message) => this.keepCall(message));
    library.addEventListener("change", () => void this.list());
    void this.list();
    library.addEventListener("fault", () => this.failed());
  }

  /** Whether another tab writes the conversation, and this one only shows it. */
  get follows(): boolean {
    return this.library.follows;
  }

  // --- keeping -------------------------------------------------------------------------------

  /** Keeps an action, if it is one to keep. Returns a promise if the page must not show the action
   *  before it is kept; null if it may show it at once. */
  record(action: Action, given: Given): Promise<unknown> | null {
    if (this.follows) return null;
    if (action.type === "event") {
      if (action.event.type === "model_delta") return this.gather(action.event);
      this.settleDeltas(action.event);
    }
    const entry = entryOf(action, given);
    if (entry === null) return null;
    if (entry.kind === "task") this.begin(entry.task);
    const kept = this.add(entry);
    if (entry.kind === "task" || entry.kind === "ended") this.describe();
    return action.type === "event" ? this.holds(action.event, kept) : null;
  }

  /** Keeps the save points among the agent's messages. */
  take(message: FromAgent): void {
    if (message.type !== "save_point" || this.follows) return;
    // The one at the end of a run comes before its last event, or late, after it.
    if (message.is_over && message.run_id !== this.finished) this.ending = message;
    else this.save(message);
  }

  private async list(): Promise<void> {
    if (this.id !== null) return; // the list is not on screen
    this.recent = (await this.library.list().catch(() => [])).slice(0, RECENT);
    this.screen.requestUpdate();
  }

  private begin(task: string): void {
    this.tasks += 1;
    const mine = this.current;
    this.journal ??= this.library.begin(task).then(
      (journal) => {
        if (mine === this.current) this.opened(journal.id);
        if (!persistAsks()) void askToPersist();
        return journal;
      },
      (error: unknown) => {
        this.loses(mine, problemOf(error));
        return null;
      },
    );
  }

  private async add(entry: Entry): Promise<Journal | null> {
    const journal = await this.journal;
    await journal?.add(entry, sizeOf(entry));
    return journal;
  }

  /** Keeps a call. Rejects if another tab has the conversation now: that tab makes the calls. */
  private async keepCall(message: ToolCall | ToolReturn): Promise<void> {
    const journal = await this.add(callEntry(message));
    if (journal && isTaken(journal.fault)) throw journal.fault;
  }

  private failed(): void {
    const { fault, journal } = this.library;
    if (isTaken(fault)) this.screen.taken();
    else if (fault) {
      const id = journal?.id;
      if (id !== undefined) inSession(() => sessionStorage.setItem(LOST, id));
      this.loses(this.current, problemOf(fault));
    }
    this.screen.requestUpdate();
  }

  private loses(mine: number, problem: Problem): void {
    if (mine !== this.current) return; // of a conversation that is not on screen any more
    this.notKept = problem;
    this.screen.problem(problem);
  }

  private save(point: SavePoint): void {
    const { saved } = this.session;
    const written = this.journal?.then((journal) => journal?.save(point, saved));
    const { awaited } = this;
    if (awaited?.run === point.run_id && awaited.step <= point.step) {
      void Promise.resolve(written).then(awaited.kept);
    }
  }

  private describe(): void {
    const { tasks } = this;
    const { run } = this.session.saved;
    void this.journal?.then((journal) => journal?.describe({ tasks, run }));
  }

  /** What the page waits for before it shows an event. */
  private holds(event: Event, kept: Promise<unknown>): Promise<unknown> | null {
    switch (event.type) {
      case "tool_finished":
        return kept;
      case "step_finished":
        return event.run_id === this.session.saved.run?.id
          ? Promise.all([kept, this.stateAfter(event.run_id, event.step)])
          : kept;
      case "run_finished":
        this.finished = event.run_id;
        if (this.ending?.run_id === event.run_id) this.save(this.ending); // in the same transaction
        this.ending = null;
        return kept;
      default:
        return null;
    }
  }

  /** Resolves when the variables after a step are kept, or late. */
  private stateAfter(run: string, step: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, STATE_WAIT_MS);
    this.awaited?.kept();
    this.awaited = { run, step, kept: resolve };
    return promise.finally(() => clearTimeout(timer));
  }

  /** Gathers what streams, until an event says what became of it. */
  private gather(delta: ModelDelta): null {
    const key = `${delta.run_id} ${delta.step} ${delta.channel}`;
    const before = this.deltas.get(key);
    this.deltas.set(key, before ? { ...before, text: before.text + delta.text } : delta);
    return null;
  }

  /** Keeps what streamed before an event of its run, except for what the event repeats or voids. */
  private settleDeltas(event: Event): void {
    const isVoid = event.type === "notice" && event.drops_reply;
    if (!isVoid && !SETTLING.has(event.type)) return;
    for (const [key, delta] of this.deltas) {
      if (delta.run_id !== event.run_id) continue;
      this.deltas.delete(key);
      const isRepeated = event.type === REPEATED_BY[delta.channel];
      if (!isVoid && !isRepeated) void this.add(eventEntry(delta));
    }
  }

  // --- opening -------------------------------------------------------------------------------

  /** Opens the conversation that this tab had before it was loaded again. */
  async reopen(): Promise<void> {
    const id = inSession(() => sessionStorage.getItem(OPEN));
    if (id !== null && !openHere.has(id)) await this.open(id);
  }

  /** Shows a kept conversation. With `steal`, another tab that has it open must let go of it. */
  async open(id: string, options: { steal?: boolean } = {}): Promise<void> {
    this.screen.empty();
    this.forgetOpen();
    remember(id); // so that a reload in the meantime opens it
    const opening = this.read(id, options, this.current);
    this.opening = opening;
    await opening;
    if (this.opening === opening) this.opening = null;
  }

  /** Does nothing more once another conversation is opened, begun or left. */
  private async read(id: string, { steal = false }, mine: number): Promise<void> {
    const reader = new Reader((action, given) => {
      if (mine === this.current) this.screen.show(action, given);
    });
    try {
      const opened = await this.library.open(id, (entry) => reader.take(entry), { steal });
      if (mine !== this.current) return;
      if (opened === null) return this.notOpened();
      this.opened(id);
      this.tasks = reader.tasks;
      this.journal = Promise.resolve(this.library.journal);
      const damaged = opened.damaged + reader.damaged;
      // A call that was lost could be made again.
      if (damaged || inSession(() => sessionStorage.getItem(LOST)) === id) opened.state.end();
      this.session.restore(reader.completed(opened.state));
      this.screen.shown();
      if (damaged) this.screen.problem(damage(damaged));
    } catch (error) {
      if (mine !== this.current) return;
      this.notOpened();
      this.screen.problem(problemOf(error));
    }
  }

  /** Goes on with nothing, so that the agent knows no more than the screen shows. */
  private notOpened(): void {
    this.screen.empty();
    this.session.restore(new SavedState());
    remember(null);
    this.screen.shown();
    void this.list();
  }

  /** Takes the conversation over from the tab that has it. */
  async takeOver(): Promise<void> {
    if (this.id !== null) await this.open(this.id, { steal: true });
  }

  /** Lets go of the conversation, which stays kept. The next task begins another one. */
  leave(): void {
    this.library.leave();
    this.forgetOpen();
    this.opening = null;
    remember(null);
    void this.list();
  }

  /** Deletes the open conversation. */
  async forget(): Promise<void> {
    const { id, journal } = this;
    this.leave();
    const begun = id ?? (await journal)?.id;
    if (begun) await this.library.delete(begun);
  }

  dispose(): void {
    this.forgetOpen();
    this.library.dispose();
  }

  private opened(id: string): void {
    this.id = id;
    openHere.add(id);
    remember(id);
  }

  private forgetOpen(): void {
    this.current += 1;
    if (this.id !== null) openHere.delete(this.id);
    this.id = null;
    this.notKept = null;
    this.journal = null;
    this.tasks = 0;
    this.ending = null;
    this.deltas.clear();
  }
}

function damage(records: number): Problem {
  const message = `${plural(records, "record")} of this conversation could not be read.`;
  return problemOf(new SessionError("damaged", message, "The rest of it is here."));
}

/** Does something with the session's storage; null in a page that has none. */
function inSession(use: () => string | null | void): string | null {
  try {
    return use() ?? null;
  } catch {
    return null; // the list has the conversation
  }
}

function remember(id: string | null): void {
  inSession(() =>
    id === null ? sessionStorage.removeItem(OPEN) : sessionStorage.setItem(OPEN, id),
  );
}
