/** Reads a conversation. A damaged record costs only itself. */
import { SavedState } from "../api/saved_state";
import type { Json } from "../protocol";
import { allOf, type ConversationRow, type Database, type Page } from "./database";

/** How many pages are read at a time. */
const CHUNK = 200;

/** Calls `take` for the entries of every page from `first` on, in order. Returns the number after
 *  the last page, and how many pages could not be read. */
export async function readPages(
  database: Database,
  conversation: string,
  first: number,
  take: (entry: unknown) => void,
): Promise<{ next: number; damaged: number }> {
  let next = first;
  let damaged = 0;
  const keys = await database.getAllKeys("pages", allOf(conversation, first));
  for (let at = 0; at < keys.length; at += CHUNK) {
    const chunk = keys.slice(at, at + CHUNK);
    for (const page of await readChunk(database, chunk)) {
      if (Array.isArray(page?.entries)) page.entries.forEach(take);
      else damaged += 1;
    }
    next = chunk.at(-1)![1] + 1;
  }
  return { next, damaged };
}

/** Returns the pages with these keys, which follow each other; undefined for one that is damaged. */
async function readChunk(
  database: Database,
  keys: readonly [string, number][],
): Promise<(Page | undefined)[]> {
  try {
    return await database.getAll("pages", IDBKeyRange.bound(keys[0], keys.at(-1)));
  } catch {
    return Promise.all(keys.map((key) => database.get("pages", key).catch(() => undefined)));
  }
}

/** What the agent must be given back, and whether parts of it are damaged. The calls of the
 *  interrupted step are not in it: `take` of the state adds them from the entries. */
export async function readState(
  database: Database,
  row: ConversationRow,
): Promise<{ state: SavedState; damaged: boolean }> {
  const state = new SavedState();
  let damaged = false;
  try {
    for (const { name, value } of await database.getAll("parts", allOf(row.id, ""))) {
      state.parts.set(name, value as Json);
    }
  } catch {
    state.parts.clear(); // half a memory would mislead the model
    damaged = true;
  }
  try {
    const kept = await database.get("checkpoints", row.id);
    // The file behind it may be gone, which shows only when it is read.
    if (kept) state.checkpoint = new Blob([await kept.data.arrayBuffer()]);
  } catch {
    damaged = true;
  }
  state.lost = row.lost ?? {};
  if (row.run) state.goOn(row.run);
  return { state, damaged };
}
