/**
 * The conversations that this browser keeps: the list, what opens, begins and deletes them, and the
 * news from other tabs.
 */
import type { SavedState } from "../api/saved_state";
import type { SessionError } from "../api/error";
import {
  notWritten,
  openDatabase,
  remove,
  STORES,
  takenOver,
  wasClosed,
  type ConversationRow,
  type Database,
} from "./database";
import type { Json } from "../protocol";
import { isTaken, Journal, type JournalListener } from "./journal";
import { readPages, readState } from "./reading";
import { takenTurns, takeTurn, waitForTurn, type Turn } from "./turn";

export interface ListedConversation extends ConversationRow {
  /** Whether a tab has it open to write. */
  isOpen: boolean;
}

/** A conversation that was opened. */
export interface Opened {
  id: string;
  title: string;
  state: SavedState;
  /** How many records could not be read. */
  damaged: number;
  /** Whether this tab may write it. */
  isWriter: boolean;
}

/** News from other tabs, and from this one. */
type News = { type: "written"; id: string; pages: number } | { type: "changed" };

const CHANNEL = "pyagent-journal";
const TITLE_CHARS = 80;

/** Fires `change` when the list may have changed, and `fault` when something is wrong. */
export class Library extends EventTarget {
  /** What is wrong; null when nothing is. */
  fault: SessionError | null = null;
  /** What writes the open conversation; null when this tab may not, or none is open. */
  journal: Journal | null = null;

  private opening: Promise<Database> | null = null;
  private turn: Turn | null = null;
  /** The turn that came to this tab while it followed, until `open` uses it. */
  private inherited: { id: string; turn: Turn } | null = null;
  private readonly channel = newsChannel();
  /** The conversation that this tab reads while another one writes it. */
  private followed: { id: string; next: number; stop: AbortController } | null = null;
  private reading: Promise<void> = Promise.resolve();
  private takeEntry: (entry: unknown) => void = () => undefined;
  /** Counts what was opened, begun and left, so that what is late can be told. */
  private current = 0;

  /** `whenWriter` is called when the tab that wrote the followed conversation has ended. */
  constructor(
    private readonly whenWriter: () => void = () => undefined,
    private readonly name?: string,
  ) {
    super();
    if (this.channel) {
      this.channel.onmessage = ({ data }: MessageEvent<News>) => this.hear(data);
    }
  }

  /** Whether this tab shows what another one writes. */
  get follows(): boolean {
    return this.followed !== null;
  }

  /** The kept conversations, the last changed first. Rejects with `SessionError`. */
  async list(): Promise<ListedConversation[]> {
    const database = await this.database();
    const [rows, open] = await Promise.all([database.getAll("conversations"), takenTurns()]);
    rows.sort((one, other) => other.changed - one.changed);
    return rows.map((row) => ({ ...row, isOpen: open.has(row.id) }));
  }

  /** Begins a conversation, which this tab writes. Rejects with `SessionError`. */
  async begin(title: string): Promise<Journal> {
    const mine = this.leave();
    const database = await this.database();
    const id = crypto.randomUUID();
    const now = Date.now();
    const row: ConversationRow = {
      id,
      title: shortTitle(title),
      created: now,
      changed: now,
      epoch: 1,
      tasks: 0,
      bytes: 0,
      checkpointBytes: 0,
      partsBytes: 0,
      run: null,
      lost: {},
    };
    await database.put("conversations", row).catch((error: unknown) => {
      throw notWritten(error);
    });
    await this.takeTurn(id, mine);
    return this.write(database, row, { pages: 0, parts: new Map(), mine });
  }

  /**
   * Opens a conversation: `take` gets its entries in order. If another tab writes it, this one
   * follows: `take` gets what is added too. With `steal`, this tab writes it from now on. Resolves
   * with null if there is no such conversation, or if another one was opened, begun or left
   * meanwhile; rejects with `SessionError`.
   */
  async open(
    id: string,
    take: (entry: unknown) => void,
    { steal = false } = {},
  ): Promise<Opened | null> {
    const inherited = this.inherited?.id === id ? this.inherited.turn : null;
    if (inherited) this.inherited = null; // so that `leave` does not give it back
    const mine = this.leave();
    this.turn = inherited;
    try {
      const database = await this.database();
      const isWriter = inherited !== null || (await this.takeTurn(id, mine, steal));
      const { row, fault } = isWriter
        ? await this.nextEpoch(database, id)
        : { row: await database.get("conversations", id), fault: null };
      if (row && mine === this.current) {
        const { state, damaged: stateDamaged } = await readState(database, row);
        const takeMine = (entry: unknown) => mine === this.current && take(entry);
        const { next, damaged } = await readPages(database, id, 0, takeMine);
        if (mine === this.current) {
          if (isWriter) {
            const journal = this.write(database, row, { pages: next, parts: state.parts, mine });
            if (fault) journal.close(fault);
          } else this.follow(id, next, take);
          const all = damaged + (stateDamaged ? 1 : 0);
          return { id, title: row.title, state, damaged: all, isWriter };
        }
      }
      if (mine === this.current) this.leave();
      return null;
    } catch (error) {
      if (mine === this.current) this.leave();
      throw error;
    }
  }

  /** Lets go of the open conversation, which stays kept. Returns the number of what comes next. */
  leave(): number {
    this.followed?.stop.abort();
    this.followed = null;
    this.inherited?.turn.release();
    this.inherited = null;
    this.turn?.release();
    this.turn = null;
    this.journal = null;
    return (this.current += 1);
  }

  async rename(id: string, title: string): Promise<void> {
    const database = await this.database();
    const { store, done } = database.transaction("conversations", "readwrite");
    const row = await store.get(id);
    if (row) await store.put({ ...row, title: shortTitle(title) });
    await done;
    this.tell({ type: "changed" });
  }

  /** Deletes a conversation. A tab that writes it finds that out and writes no more. */
  async delete(id: string): Promise<void> {
    if (this.journal?.id === id) this.leave();
    await remove(await this.database(), id);
    this.tell({ type: "changed" });
  }

  /** Deletes every conversation. */
  async deleteAll(): Promise<void> {
    this.leave();
    const database = await this.database();
    const transaction = database.transaction(STORES, "readwrite");
    await Promise.all([
      ...STORES.map((store) => transaction.objectStore(store).clear()),
      transaction.done,
    ]);
    this.tell({ type: "changed" });
  }

  /** The open database, for export and import. Rejects with `SessionError`. */
  database(): Promise<Database> {
    this.opening ??= openDatabase(() => this.lost(), this.name).catch((error: SessionError) => {
      this.opening = null; // the next call tries again
      throw error;
    });
    return this.opening;
  }

  /** Tells other tabs and this one that the list has changed. */
  changed(): void {
    this.tell({ type: "changed" });
  }

  dispose(): void {
    this.leave();
    this.channel?.close();
    void this.opening?.then((database) => database.close()).catch(() => undefined);
  }

  private write(
    database: Database,
    row: ConversationRow,
    { pages, parts, mine }: { pages: number; parts: ReadonlyMap<string, Json>; mine: number },
  ): Journal {
    const listener: JournalListener = {
      written: (id, count) => this.tell({ type: "written", id, pages: count }),
      failed: (error) => this.failed(journal, error),
    };
    const journal = new Journal(database, row, pages, listener, parts);
    if (mine === this.current) this.journal = journal; // else only its last entries come
    this.tell({ type: "changed" });
    return journal;
  }

  /** Takes the turn of a conversation, and gives it back at once if this is late. */
  private async takeTurn(id: string, mine: number, steal = false): Promise<boolean> {
    const turn = await takeTurn(id, () => this.lostTurn(id), { steal });
    if (mine === this.current) this.turn = turn;
    else turn?.release();
    return turn !== null;
  }

  private lostTurn(id: string): void {
    if (this.journal?.id === id) this.journal.close(takenOver());
  }

  /** Makes this tab the writer of a conversation. Its row has this tab's epoch, which may be an old
   *  one by now; `fault` says why this tab cannot write. */
  private async nextEpoch(
    database: Database,
    id: string,
  ): Promise<{ row: ConversationRow | undefined; fault: SessionError | null }> {
    const { store, done } = database.transaction("conversations", "readwrite");
    const row = await store.get(id);
    const next = row && { ...row, epoch: row.epoch + 1 };
    try {
      await Promise.all([next && store.put(next), done]);
      return { row: next, fault: null };
    } catch (error) {
      return { row, fault: notWritten(error) };
    }
  }

  private follow(id: string, next: number, take: (entry: unknown) => void): void {
    const stop = new AbortController();
    const followed = { id, next, stop };
    this.followed = followed;
    this.takeEntry = take;
    this.readOn(); // what was written meanwhile
    void waitForTurn(id, () => this.lostTurn(id), stop.signal).then((turn) => {
      if (turn === null || this.followed !== followed) return turn?.release();
      // Given back, it would not be free at once, and this tab would follow nobody.
      this.inherited = { id, turn };
      this.whenWriter(); // `open` reads everything anew
    });
  }

  private hear(news: News): void {
    if (news.type === "changed") this.dispatchEvent(new Event("change"));
    else if (news.id === this.followed?.id && news.pages > this.followed.next) this.readOn();
  }

  private readOn(): void {
    const { followed, takeEntry } = this;
    const read = async (): Promise<void> => {
      if (!followed || this.followed !== followed) return;
      const database = await this.database();
      const take = (entry: unknown) => this.followed === followed && takeEntry(entry);
      followed.next = (await readPages(database, followed.id, followed.next, take)).next;
    };
    // The next news reads what could not be read now.
    this.reading = this.reading.then(read).catch(() => undefined);
  }

  private failed(journal: Journal, error: SessionError): void {
    if (this.journal !== journal) return;
    this.fault = error;
    if (isTaken(error)) this.leave();
    this.dispatchEvent(new Event("fault"));
  }

  private lost(): void {
    this.opening = null;
    this.journal?.close(wasClosed());
  }

  private tell(news: News): void {
    this.channel?.postMessage(news);
    if (news.type === "changed") this.dispatchEvent(new Event("change"));
  }
}

/** A title of at most `TITLE_CHARS` characters, in one line. */
function shortTitle(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  const chars = [...line.slice(0, 2 * TITLE_CHARS)];
  if (chars.length <= TITLE_CHARS && line.length < 2 * TITLE_CHARS) return line || "Untitled";
  return `${chars.slice(0, TITLE_CHARS - 1).join("")}…`;
}

/** News of other tabs; null where no site may store data, which Firefox refuses this with. */
function newsChannel(): BroadcastChannel | null {
  try {
    return new BroadcastChannel(CHANNEL);
  } catch {
    return null;
  }
}
