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
import {
  callEntry,
  entryOf,
  eventEntry,
  sizeOf,
  toldBy,
  type Entry,
  type Given,
} from "./state/entries";

/** Names the conversation that this tab has open, for a reload. */
const OPEN = "pyagent-conversation";
/** How long the page waits with the end of a step for the variables after it. */
const STATE_WAIT_MS = 2000;

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

type Tracked = ToolCall | ToolReturn | (Event & { type: "step_started" });

export class History {
  /** The conversation that is open; null before its first task. */
  id: string | null = null;
  /** The conversations that changed last. */
  recent: readonly ListedConversation[] = [];

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
    this.journal ??= this.library.begin(task).then(
      (journal) => {
        this.opened(journal.id);
        if (!persistAsks()) void askToPersist();
        return journal;
      },
      (error: unknown) => {
        this.screen.problem(problemOf(error));
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
    const { fault } = this.library;
    if (isTaken(fault)) this.screen.taken();
    else if (fault) this.screen.problem(problemOf(fault));
    this.screen.requestUpdate();
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

  /** Gathers the reasoning of a step, which no later event repeats. */
  private gather(delta: ModelDelta): null {
    if (delta.channel !== "reasoning") return null; // `model_replied` and `planned` have the rest
    const key = `${delta.run_id} ${delta.step}`;
    const before = this.deltas.get(key);
    this.deltas.set(key, before ? { ...before, text: before.text + delta.text } : delta);
    return null;
  }

  private settleDeltas({ type, run_id: run }: Event): void {
    if (type !== "model_replied" && type !== "step_finished" && type !== "run_finished") return;
    for (const [key, delta] of this.deltas) {
      if (delta.run_id !== run) continue;
      this.deltas.delete(key);
      void this.add(eventEntry(delta));
    }
  }

  // --- opening -------------------------------------------------------------------------------

  /** Opens the conversation that this tab had before it was loaded again. */
  async reopen(): Promise<void> {
    const id = remembered();
    if (id !== null) await this.open(id);
  }

  /** Shows a kept conversation. With `steal`, another tab that has it open must let go of it. */
  async open(id: string, options: { steal?: boolean } = {}): Promise<void> {
    while (this.opening) await this.opening;
    const opening = this.read(id, options);
    this.opening = opening;
    await opening;
    this.opening = null;
  }

  private async read(id: string, { steal = false }): Promise<void> {
    this.screen.empty();
    this.reset();
    remember(id); // so that a reload in the meantime opens it
    let damaged = 0;
    let tracked: Tracked[] = [];
    const take = (entry: unknown): void => {
      try {
        const told = toldBy(entry);
        if (!("action" in told)) {
          tracked.push("call" in told ? told.call : told.returned);
          return;
        }
        const { action, given = {} } = told;
        if (action.type === "submitted") {
          this.tasks += 1;
          tracked = []; // the calls of a task that has ended
        }
        if (action.type === "event" && action.event.type === "step_started") {
          tracked.push(action.event);
        }
        this.screen.show(action, given);
      } catch {
        damaged += 1;
      }
    };
    try {
      const opened = await this.library.open(id, take, { steal });
      if (opened === null) {
        remember(null);
        return this.screen.shown();
      }
      this.opened(id);
      this.journal = Promise.resolve(this.library.journal);
      this.session.restore(withCalls(opened.state, tracked));
      this.screen.shown();
      if (opened.damaged + damaged) this.screen.problem(damage(opened.damaged + damaged));
    } catch (error) {
      this.screen.shown();
      this.screen.problem(problemOf(error));
    }
  }

  /** Takes the conversation over from the tab that has it. */
  async takeOver(): Promise<void> {
    if (this.id !== null) await this.open(this.id, { steal: true });
  }

  /** Lets go of the conversation, which stays kept. The next task begins another one. */
  leave(): void {
    this.library.leave();
    this.forgetOpen();
  }

  /** Deletes the open conversation. */
  async forget(): Promise<void> {
    const { id, journal } = this;
    this.leave();
    const begun = id ?? (await journal)?.id;
    if (begun) await this.library.delete(begun);
  }

  dispose(): void {
    this.library.dispose();
  }

  private opened(id: string): void {
    this.id = id;
    remember(id);
  }

  private forgetOpen(): void {
    this.reset();
    remember(null);
    void this.list();
  }

  private reset(): void {
    this.id = null;
    this.journal = null;
    this.tasks = 0;
    this.ending = null;
    this.deltas.clear();
  }
}

/** Adds the calls that were made after the last step that was kept. */
function withCalls(state: SavedState, tracked: readonly Tracked[]): SavedState {
  for (const message of tracked) {
    if (message.type === "tool_return") state.returned(message);
    else state.take(message, []);
  }
  return state;
}

function damage(records: number): Problem {
  const message = `${plural(records, "record")} of this conversation could not be read.`;
  return problemOf(new SessionError("damaged", message, "The rest of it is here."));
}

/** A page without session storage forgets which conversation was open. */
function remember(id: string | null): void {
  try {
    if (id === null) sessionStorage.removeItem(OPEN);
    else sessionStorage.setItem(OPEN, id);
  } catch {
    // The list has it.
  }
}

function remembered(): string | null {
  try {
    return sessionStorage.getItem(OPEN);
  } catch {
    return null;
  }
}
