/** The database of kept conversations: what is in it, how it is opened, and what can go wrong. */
import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import { messageOf, SessionError } from "../api/error";
import type { OpenRun } from "../api/saved_state";
import type { Json } from "../protocol";

/** The version of what the stores hold. A change of it needs a step in `upgrade`. */
export const SCHEMA = 1;
export const NAME = "pyagent-journal";

/** A conversation, as the list shows it. */
export interface ConversationRow {
  id: string;
  /** The first task, shortened, or what the person called it. */
  title: string;
  /** Milliseconds since 1970. */
  created: number;
  changed: number;
  /** Who may write: each writer adds 1, and writes only while the number is still its own. */
  epoch: number;
  tasks: number;
  /** About how many bytes its entries have. */
  bytes: number;
  /** The bytes of its checkpoint. */
  checkpointBytes: number;
  /** About how many bytes its parts have; undefined if the writer did not count them. */
  partsBytes?: number;
  /** The run that was interrupted, or goes on in another tab; null for none. */
  run: OpenRun | null;
  /** The names of variables and files that are not in the checkpoint → why. */
  lost: Record<string, string>;
}

/** Some entries of a conversation, written together. Only the writer knows what is in them. */
export interface Page {
  conversation: string;
  /** The order, from 0. */
  number: number;
  entries: unknown[];
}

export interface Part {
  conversation: string;
  name: string;
  value: Json;
}

export interface Checkpoint {
  conversation: string;
  data: Blob;
}

export interface JournalSchema extends DBSchema {
  conversations: { key: string; value: ConversationRow };
  pages: { key: [string, number]; value: Page };
  parts: { key: [string, string]; value: Part };
  checkpoints: { key: string; value: Checkpoint };
}

export type Database = IDBPDatabase<JournalSchema>;
export const STORES = ["conversations", "pages", "parts", "checkpoints"] as const;

/**
 * Opens the database. `onLost` is called when it closes by itself: a newer page wants to change it,
 * or the browser gave it up. Rejects with `SessionError`.
 */
export async function openDatabase(onLost: () => void, name = NAME): Promise<Database> {
  try {
    const database = await openDB<JournalSchema>(name, SCHEMA, {
      upgrade: (db, from) => {
        if (from < 1) {
          db.createObjectStore("conversations", { keyPath: "id" });
          db.createObjectStore("pages", { keyPath: ["conversation", "number"] });
          db.createObjectStore("parts", { keyPath: ["conversation", "name"] });
          db.createObjectStore("checkpoints", { keyPath: "conversation" });
        }
      },
      blocking: () => {
        database.close(); // so that the newer page need not wait
        onLost();
      },
      terminated: onLost,
    });
    return database;
  } catch (error) {
    throw notOpened(error);
  }
}

/** About how many bytes a conversation takes. */
export function bytesOf({ bytes, checkpointBytes, partsBytes = 0 }: ConversationRow): number {
  return bytes + checkpointBytes + partsBytes;
}

/** About how many bytes a part takes. */
export function bytesOfPart(name: string, value: Json): number {
  return name.length + (JSON.stringify(value) ?? "").length; // a damaged record has no value
}

/** All records of a conversation in a store whose keys begin with its id. */
export function allOf(conversation: string, from: number | string = -Infinity): IDBKeyRange {
  return IDBKeyRange.bound([conversation, from], [conversation, []]);
}

/** Why the browser keeps nothing. */
function notOpened(error: unknown): SessionError {
  if (isNamed(error, "QuotaExceededError")) return storageFull("Conversations are not kept");
  if (isNamed(error, "VersionError")) {
    return new SessionError(
      "journal_newer",
      "Conversations are not kept: a newer version of this page has used their storage.",
      "Load the page again to get the newer version.",
    );
  }
  return new SessionError(
    "journal_closed",
    `Conversations are not kept: this browser does not open its storage (${messageOf(error)}).`,
    "A private window or a setting may be the reason. Download what you need before you close the tab.",
  );
}

/** Why something could not be written. */
export function notWritten(error: unknown): SessionError {
  if (isNamed(error, "QuotaExceededError")) {
    return storageFull("The conversation is not kept from here on");
  }
  return new SessionError(
    "not_kept",
    `The conversation is not kept from here on: ${messageOf(error)}`,
    "Download what you need before you close the tab.",
  );
}

function storageFull(consequence: string): SessionError {
  return new SessionError(
    "storage_full",
    `${consequence}: the storage for this site is full.`,
    "Delete older conversations, or packages and models in the settings.",
  );
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof DOMException && error.name === name;
}

/** Why a tab writes a conversation no more: another one does. */
export function takenOver(): SessionError {
  return new SessionError(
    "other_tab",
    "Another tab has taken over this conversation.",
    "Go on there, or take it over here.",
  );
}

/** Why a conversation that is on screen is not kept: it was deleted. */
export function wasDeleted(): SessionError {
  return new SessionError(
    "deleted",
    "This conversation was deleted in another tab, so it is not kept.",
    "Download what you need before you close the tab.",
  );
}

/** Why the open database cannot be used any more. */
export function wasClosed(): SessionError {
  return new SessionError(
    "journal_closed",
    "The conversation is not kept from here on: the browser closed its storage.",
    "Load the page again. Download what you need first.",
  );
}

/** Deletes everything of a conversation. */
export async function remove(database: Database, id: string): Promise<void> {
  const transaction = database.transaction(STORES, "readwrite");
  await Promise.all([
    transaction.objectStore("conversations").delete(id),
    transaction.objectStore("pages").delete(allOf(id)),
    transaction.objectStore("parts").delete(allOf(id, "")),
    transaction.objectStore("checkpoints").delete(id),
    transaction.done,
  ]);
}
