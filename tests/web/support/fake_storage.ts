/** A browser's database of its own for a test. */
import "fake-indexeddb/auto";
import {
  openDatabase,
  type ConversationRow,
  type Database,
} from "../../../web/src/journal/database";
import { Journal, type JournalListener } from "../../../web/src/journal/journal";
import type { SavePoint } from "../../../web/src/protocol";

let databases = 0;

export const newName = (): string => `test-${(databases += 1)}`;

export const openFresh = (name = newName()): Promise<Database> =>
  openDatabase(() => undefined, name);

export const row = (given: Partial<ConversationRow> = {}): ConversationRow => ({
  id: "c1",
  title: "Add",
  created: 1,
  changed: 1,
  epoch: 1,
  tasks: 1,
  bytes: 0,
  checkpointBytes: 0,
  run: null,
  lost: {},
  ...given,
});

export const quiet: JournalListener = { written: () => undefined, failed: () => undefined };

export async function newJournal(
  database: Database,
  listener: JournalListener = quiet,
): Promise<Journal> {
  const kept = row();
  await database.put("conversations", kept);
  return new Journal(database, kept, 0, listener);
}

export const savePoint = (given: Partial<SavePoint> = {}): SavePoint => ({
  type: "save_point",
  run_id: "r1",
  step: 0,
  is_over: false,
  parts: {},
  removed: [],
  checkpoint: "none",
  lost: {},
  ...given,
});
