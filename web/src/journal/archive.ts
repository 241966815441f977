/**
 * Conversations as one file: a ZIP with a folder for each, so that pictures and tables in it open
 * without this page. What comes back from a file is not trusted: every count and size has a limit.
 *
 *     pyagent.json                  format, version, the conversations
 *     ID/pages/0.json …             entries; a file in them is {"$blob": "ID/blobs/0"}
 *     ID/parts.json                 the agent's memory
 *     ID/checkpoint                 the sandbox's variables and files
 */
import { strFromU8, strToU8, Zip, ZipDeflate, ZipPassThrough } from "fflate";
import { SessionError } from "../api/error";
import type { Json } from "../protocol";
import {
  allOf,
  bytesOfPart,
  notWritten,
  STORES,
  type ConversationRow,
  type Database,
} from "./database";
import { damaged, tooLarge, unzipped } from "./zip";

const FORMAT = "pyagent conversations";
const VERSION = 1;
const INDEX = "pyagent.json";
/** What a file may hold, unpacked. */
const MAX_BYTES = 2 ** 31;
const MAX_FILES = 200_000;
const MAX_CONVERSATIONS = 10_000;
/** The most entries and parts of all conversations together. */
const MAX_ENTRIES = 1_000_000;
/** The longest text that is read as JSON. */
const MAX_JSON_BYTES = 256 * 1024 * 1024;

interface Index {
  format: string;
  version: number;
  conversations: ConversationRow[];
}

type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** What the conversations of a file may still hold. */
interface Room {
  entries: number;
  bytes: number;
}

/** Writes the conversations with these ids into one file. Rejects with `SessionError`, also when
 *  `imported` would refuse the file. */
export async function exported(
  database: Database,
  ids: readonly string[],
  maxBytes = MAX_BYTES,
): Promise<Blob> {
  if (ids.length > MAX_CONVERSATIONS) throw tooMuch();
  let bytes = 0;
  const chunks: BlobPart[] = [];
  const finished = Promise.withResolvers<void>();
  const zip = new Zip((error, chunk, final) => {
    if (error) return finished.reject(error);
    chunks.push(chunk as Uint8Array<ArrayBuffer>);
    bytes += chunk.length;
    if (final) finished.resolve();
  });
  const rows: ConversationRow[] = [];
  for (const id of ids) {
    const row = await database.get("conversations", id);
    if (!row) continue;
    rows.push(row);
    await addConversation(database, zip, row);
    if (bytes > maxBytes) throw tooMuch();
  }
  addText(zip, INDEX, { format: FORMAT, version: VERSION, conversations: rows } satisfies Index);
  zip.end();
  await finished.promise;
  return new Blob(chunks, { type: "application/zip" });
}

async function addConversation(database: Database, zip: Zip, { id }: ConversationRow) {
  let blobs = 0;
  for (const key of await database.getAllKeys("pages", allOf(id))) {
    const page = await database.get("pages", key).catch(() => undefined);
    if (!page) continue; // damaged; the rest goes on
    const found: [string, Blob][] = [];
    const entries = packed(page.entries, (blob) => {
      const name = `${id}/blobs/${blobs++}`;
      found.push([name, blob]);
      return { $blob: name, type: blob.type, ...(blob instanceof File ? { name: blob.name } : {}) };
    });
    for (const [name, blob] of found) await addBlob(zip, name, blob);
    addText(zip, `${id}/pages/${key[1]}.json`, entries);
  }
  const parts = await database.getAll("parts", allOf(id, ""));
  addText(zip, `${id}/parts.json`, Object.fromEntries(parts.map((one) => [one.name, one.value])));
  const checkpoint = await database.get("checkpoints", id);
  if (checkpoint) await addBlob(zip, `${id}/checkpoint`, checkpoint.data);
}

/**
 * Adds the conversations of a file that `exported` made, under new ids. Returns how many. Rejects
 * with `SessionError`, and then nothing is added; so it does when they have more than `maxBytes`.
 */
export async function imported(
  database: Database,
  file: Blob,
  maxBytes = MAX_BYTES,
): Promise<number> {
  const files = await unzipped(file, { files: MAX_FILES, bytes: maxBytes });
  const made = allRemade(files, { entries: MAX_ENTRIES, bytes: maxBytes });
  const transaction = database.transaction(STORES, "readwrite");
  const writes: Promise<unknown>[] = [transaction.done];
  try {
    for (const { row, pages, parts, checkpoint: data } of made) {
      const conversation = row.id;
      writes.push(transaction.objectStore("conversations").put(row));
      pages.forEach((entries, number) => {
        writes.push(transaction.objectStore("pages").put({ conversation, number, entries }));
      });
      for (const [name, value] of parts) {
        writes.push(transaction.objectStore("parts").put({ conversation, name, value }));
      }
      if (data) writes.push(transaction.objectStore("checkpoints").put({ conversation, data }));
    }
    await Promise.all(writes);
  } catch (error) {
    giveUp(transaction);
    await Promise.allSettled(writes);
    throw notWritten(error);
  }
  return made.length;
}

function giveUp(transaction: { abort(): void }): void {
  try {
    transaction.abort();
  } catch {
    // It has ended already.
  }
}

function allRemade(files: Files, room: Room) {
  const { conversations } = indexOf(files);
  if (conversations.length > MAX_CONVERSATIONS) throw tooLarge();
  const ids = new Set(conversations.map((row: Partial<ConversationRow> | null) => row?.id));
  if (ids.size < conversations.length) throw damaged();
  const source: Source = { files, pages: pagesIn(files), blobs: new Map(), room };
  try {
    return conversations.map((row) => remade(row, source));
  } catch (error) {
    throw error instanceof SessionError ? error : damaged(); // nested too deep
  }
}

/** The names of each conversation's pages, in order. */
function pagesIn(files: Files): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const name of files.keys()) {
    const id = /^([^]*)\/pages\/\d{1,9}\.json$/.exec(name)?.[1];
    if (id === undefined) continue;
    const names = found.get(id);
    if (names) names.push(name);
    else found.set(id, [name]);
  }
  for (const names of found.values()) names.sort((a, b) => pageNumber(a) - pageNumber(b));
  return found;
}

interface Source {
  files: Files;
  pages: ReadonlyMap<string, string[]>;
  blobs: Map<string, Blob>;
  room: Room;
}

function remade(kept: Partial<ConversationRow> | null, source: Source) {
  const { files, room } = source;
  const id = crypto.randomUUID();
  const old = kept?.id;
  if (!kept || typeof old !== "string") throw damaged();
  const names = source.pages.get(old) ?? [];
  const before = room.bytes;
  const pages = names.map((name) => unpackedEntries(jsonOf(files, name), source));
  const texts = names.reduce((sum, name) => sum + files.get(name)!.length, 0);
  const held = files.has(`${old}/parts.json`) ? jsonOf(files, `${old}/parts.json`) : {};
  const parts = Object.entries((held ?? {}) as Record<string, Json>);
  take(room, { entries: parts.length });
  const bytes = files.get(`${old}/checkpoint`);
  const row: ConversationRow = {
    id,
    title: typeof kept.title === "string" ? kept.title.slice(0, 200) : "Untitled",
    created: numberOf(kept.created),
    changed: numberOf(kept.changed),
    epoch: 0,
    tasks: numberOf(kept.tasks),
    bytes: before - room.bytes + texts,
    checkpointBytes: bytes?.length ?? 0,
    partsBytes: parts.reduce((sum, [name, value]) => sum + bytesOfPart(name, value), 0),
    run: runOf(kept.run),
    lost: textsOf(kept.lost),
  };
  return {
    row,
    pages,
    parts,
    checkpoint: bytes && new Blob([bytes]),
  };
}

// --- the ZIP -----------------------------------------------------------------------------------

function addText(zip: Zip, name: string, data: unknown): void {
  const entry = new ZipDeflate(name, { level: 6 });
  zip.add(entry);
  entry.push(strToU8(JSON.stringify(data)), true);
}

async function addBlob(zip: Zip, name: string, blob: Blob): Promise<void> {
  const entry = new ZipPassThrough(name); // most are compressed already
  zip.add(entry);
  const reader = blob.stream().getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    entry.push(read.value);
  }
  entry.push(new Uint8Array(0), true);
}

function jsonOf(files: Files, name: string): unknown {
  const data = files.get(name);
  if (data === undefined) throw damaged();
  if (data.length > MAX_JSON_BYTES) throw tooLarge();
  try {
    return JSON.parse(strFromU8(data));
  } catch {
    throw damaged();
  }
}

function indexOf(files: Files): Index {
  const index = jsonOf(files, INDEX) as Partial<Index> | null;
  if (index?.format !== FORMAT || !Array.isArray(index.conversations)) throw damaged();
  if (index.version !== VERSION) {
    throw new SessionError(
      "archive_version",
      `The file has version ${String(index.version)} of the format; this page reads ${VERSION}.`,
      "Load the page again to get its newest version.",
    );
  }
  return index as Index;
}

// --- entries as JSON ---------------------------------------------------------------------------

/** Data as JSON, with each file in it replaced by what `keep` returns. */
function packed(value: unknown, keep: (blob: Blob) => object): unknown {
  if (value instanceof Blob) return keep(value);
  if (value instanceof ArrayBuffer) return keep(new Blob([value]));
  if (Array.isArray(value)) return value.map((item) => packed(item, keep));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, packed(item, keep)]));
}

function unpackedEntries(value: unknown, source: Source): unknown[] {
  if (!Array.isArray(value)) throw damaged();
  take(source.room, { entries: value.length });
  return value.map((entry) => withBlobs(entry, source));
}

function withBlobs(value: unknown, source: Source): unknown {
  if (Array.isArray(value)) return value.map((item) => withBlobs(item, source));
  if (value === null || typeof value !== "object") return value;
  const { $blob: path, type, name } = value as { $blob?: unknown; type?: unknown; name?: unknown };
  if (typeof path === "string") {
    const bytes = blobOf(path, source);
    take(source.room, { bytes: bytes.size }); // a file may be named more than once
    const options = { type: typeof type === "string" ? type : "" };
    return typeof name === "string" ? new File([bytes], name, options) : new Blob([bytes], options);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withBlobs(item, source)]),
  );
}

/** The file as a blob, which all who name it share. */
function blobOf(path: string, { files, blobs }: Source): Blob {
  const blob = blobs.get(path) ?? new Blob([files.get(path) ?? new Uint8Array(0)]);
  blobs.set(path, blob);
  return blob;
}

function take(room: Room, { entries = 0, bytes = 0 }: Partial<Room>): void {
  room.entries -= entries;
  room.bytes -= bytes;
  if (room.entries < 0 || room.bytes < 0) throw tooLarge();
}

// --- what is not trusted -----------------------------------------------------------------------

function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

function textsOf(value: unknown): Record<string, string> {
  if (value === null || typeof value !== "object") return {};
  return Object.fromEntries(Object.entries(value).filter(([, text]) => typeof text === "string"));
}

function runOf(value: unknown): ConversationRow["run"] {
  const { id, step, maxSteps } = (value ?? {}) as Partial<NonNullable<ConversationRow["run"]>>;
  if (typeof id !== "string") return null;
  return { id, step: numberOf(step), maxSteps: typeof maxSteps === "number" ? maxSteps : null };
}

function pageNumber(path: string): number {
  return Number.parseInt(path.slice(path.lastIndexOf("/") + 1), 10);
}

function tooMuch(): SessionError {
  return new SessionError(
    "export_too_large",
    "The conversations are too large for one file, which could not be imported again.",
    "Export them one by one.",
  );
}
