/**
 * Writes one conversation. Entries that come while a transaction is under way are written together by
 * the next one, so the disk never falls behind.
 *
 * Only one tab writes a conversation. Each transaction checks the epoch, so a tab that has lost its
 * turn can write nothing over what another tab wrote.
 */
import type { OpenRun, SavedState } from "../api/saved_state";
import { SessionError } from "../api/error";
import type { Json, SavePoint } from "../protocol";
import {
  bytesOfPart,
  notWritten,
  STORES,
  takenOver,
  wasDeleted,
  type ConversationRow,
  type Database,
} from "./database";

/** What is to be written next. */
interface Batch {
  entries: unknown[];
  bytes: number;
  parts: Map<string, Json>;
  removed: Set<string>;
  /** Undefined for no change. */
  checkpoint?: Blob | null;
  row: Partial<ConversationRow>;
  done: PromiseWithResolvers<void>;
}

export interface JournalListener {
  /** Pages up to this number are written. */
  written(conversation: string, pages: number): void;
  /** Nothing is written any more. */
  failed(error: SessionError): void;
}

export class Journal {
  /** The number of pages that are written. */
  pages: number;
  /** Why nothing is written any more; null while all is well. */
  fault: SessionError | null = null;

  private readonly partSizes = new Map<string, number>();
  private partsBytes = 0;
  private coming: Batch | null = null;
  private writing: Promise<void> | null = null;

  /** `row` holds the epoch of this writer; `pages` and `parts` are those that there are. */
  constructor(
    private readonly database: Database,
    private row: ConversationRow,
    pages: number,
    private readonly listener: JournalListener,
    parts: Iterable<[string, Json]> = [],
  ) {
    this.pages = pages;
    for (const [name, value] of parts) this.countPart(name, bytesOfPart(name, value));
  }

  get id(): string {
    return this.row.id;
  }

  get title(): string {
    return this.row.title;
  }

  /** Adds an entry, which must be data that the browser can clone. Resolves when it is on disk, or
   *  when nothing is written any more. */
  add(entry: unknown, bytes = 0): Promise<void> {
    const batch = this.next();
    batch.entries.push(entry);
    batch.bytes += bytes;
    return batch.done.promise;
  }

  /** Keeps a save point, after `state` has taken it in. Resolves like `add`. */
  save(point: SavePoint, state: SavedState): Promise<void> {
    const batch = this.next();
    for (const [name, value] of Object.entries(point.parts)) {
      batch.parts.set(name, value);
      batch.removed.delete(name);
    }
    for (const name of point.removed) {
      batch.parts.delete(name);
      batch.removed.add(name);
    }
    if (point.checkpoint !== "same") {
      batch.checkpoint = state.checkpoint;
      batch.row.checkpointBytes = state.checkpoint?.size ?? 0;
    }
    batch.row.lost = state.lost;
    batch.row.run = state.run;
    return batch.done.promise;
  }

  /** Changes what the list shows. Resolves like `add`. */
  describe(row: Partial<Pick<ConversationRow, "title" | "tasks">> & { run?: OpenRun | null }) {
    const batch = this.next();
    Object.assign(batch.row, row);
    return batch.done.promise;
  }

  /** Resolves when everything that was added is on disk. */
  async flush(): Promise<void> {
    while (this.writing) await this.writing;
  }

  /** Writes nothing more, for this reason. The run cannot be resumed then, because its calls are not
   *  kept any more. */
  close(error: SessionError): void {
    if (this.fault) return;
    this.fault = error;
    if (!isTaken(error)) void this.giveUpRun().catch(() => undefined); // nothing can be written
    this.coming?.done.resolve();
    this.coming = null;
    this.listener.failed(error);
  }

  private async giveUpRun(): Promise<void> {
    const { store, done } = this.database.transaction("conversations", "readwrite");
    const kept = await store.get(this.row.id);
    if (kept?.run && kept.epoch === this.row.epoch) await store.put({ ...kept, run: null });
    await done;
  }

  private countPart(name: string, bytes: number): void {
    this.partsBytes += bytes - (this.partSizes.get(name) ?? 0);
    if (bytes) this.partSizes.set(name, bytes);
    else this.partSizes.delete(name);
  }

  private next(): Batch {
    if (this.coming) return this.coming;
    const done = Promise.withResolvers<void>();
    const batch: Batch = {
      entries: [],
      bytes: 0,
      parts: new Map(),
      removed: new Set(),
      row: {},
      done,
    };
    if (this.fault) {
      done.resolve();
      return batch; // nobody writes it
    }
    this.coming = batch;
    this.writing ??= this.work();
    return batch;
  }

  private async work(): Promise<void> {
    await null; // what is added in the same turn is written together
    while (this.coming) {
      const batch = this.coming;
      this.coming = null;
      try {
        await this.write(batch);
      } catch (error) {
        this.close(error instanceof SessionError ? error : notWritten(error));
      }
      batch.done.resolve();
    }
    this.writing = null;
  }

  private async write({ entries, bytes, parts, removed, checkpoint, row }: Batch): Promise<void> {
    const { id } = this.row;
    // Each event waits for it: the operating system, not the disk, must have it.
    const transaction = this.database.transaction(STORES, "readwrite", { durability: "relaxed" });
    const rows = transaction.objectStore("conversations");
    const pages = transaction.objectStore("pages");
    const memory = transaction.objectStore("parts");
    const checkpoints = transaction.objectStore("checkpoints");
    const written: Promise<unknown>[] = [];
    const kept = await rows.get(id);
    if (kept?.epoch !== this.row.epoch) {
      transaction.abort();
      await transaction.done.catch(() => undefined);
      throw kept ? takenOver() : wasDeleted();
    }
    for (const [name, value] of parts) this.countPart(name, bytesOfPart(name, value));
    for (const name of removed) this.countPart(name, 0);
    const sizes = { bytes: kept.bytes + bytes, partsBytes: this.partsBytes };
    this.row = { ...kept, ...row, ...sizes, changed: Date.now() };
    written.push(rows.put(this.row));
    if (entries.length) written.push(pages.put({ conversation: id, number: this.pages, entries }));
    for (const [name, value] of parts) {
      written.push(memory.put({ conversation: id, name, value }));
    }
    for (const name of removed) written.push(memory.delete([id, name]));
    if (checkpoint) written.push(checkpoints.put({ conversation: id, data: checkpoint }));
    else if (checkpoint === null) written.push(checkpoints.delete(id));
    written.push(transaction.done);
    await Promise.all(written);
    if (entries.length) this.pages += 1;
    this.listener.written(id, this.pages);
  }
}

/** Whether a failure says that this tab lost its turn, and not that the storage failed. */
export function isTaken(error: SessionError | null): boolean {
  return error?.kind === "other_tab";
}
