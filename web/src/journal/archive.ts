/**
 * Conversations as one file: a ZIP with a folder for each, so that pictures and tables in it open
 * without this page. What comes back from a file is not trusted: every count and size has a limit.
 *
 *     pyagent.json                  format, version, the conversations
 *     ID/pages/0.json …             entries; a file in them is {"$blob": "ID/blobs/0"}
 *     ID/parts.json                 the agent's memory
 *     ID/checkpoint                 the sandbox's variables and files
 */
import { strFromU8, strToU8, Unzip, UnzipInflate, Zip, ZipDeflate, ZipPassThrough } from "fflate";
import { SessionError } from "../api/error";
import type { Json } from "../protocol";
import { allOf, notWritten, STORES, type ConversationRow, type Database } from "./database";

const FORMAT = "pyagent conversations";
const VERSION = 1;
const INDEX = "pyagent.json";
/** What a file may hold, unpacked. */
const MAX_BYTES = 2 ** 31;
const MAX_FILES = 200_000;
/** The longest text that is read as JSON. */
const MAX_JSON_BYTES = 256 * 1024 * 1024;

interface Index {
  format: string;
  version: number;
  conversations: ConversationRow[];
}

/** Writes the conversations with these ids into one file. Rejects with `SessionError`. */
export async function exported(database: Database, ids: readonly string[]): Promise<Blob> {
  const chunks: BlobPart[] = [];
  const finished = Promise.withResolvers<void>();
  const zip = new Zip((error, chunk, final) => {
    if (error) return finished.reject(error);
    chunks.push(chunk as Uint8Array<ArrayBuffer>);
    if (final) finished.resolve();
  });
  const rows: ConversationRow[] = [];
  for (const id of ids) {
    const row = await database.get("conversations", id);
    if (!row) continue;
    rows.push(row);
    await addConversation(database, zip, row);
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
  const files = await unpacked(file, maxBytes);
  const index = indexOf(files);
  const made = index.conversations.map((row) => remade(row, files));
  const transaction = database.transaction(STORES, "readwrite");
  try {
    for (const { row, pages, parts, checkpoint } of made) {
      void transaction.objectStore("conversations").put(row);
      pages.forEach((entries, number) => {
        void transaction.objectStore("pages").put({ conversation: row.id, number, entries });
      });
      for (const [name, value] of parts) {
        void transaction.objectStore("parts").put({ conversation: row.id, name, value });
      }
      if (checkpoint) {
        void transaction.objectStore("checkpoints").put({ conversation: row.id, data: checkpoint });
      }
    }
    await transaction.done;
  } catch (error) {
    throw notWritten(error);
  }
  return made.length;
}

function remade(
  kept: Partial<ConversationRow> | null,
  files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
) {
  const id = crypto.randomUUID();
  const old = kept?.id;
  if (!kept || typeof old !== "string") throw notOurs();
  const pages = [...files.keys()]
    .filter((name) => name.startsWith(`${old}/pages/`) && name.endsWith(".json"))
    .sort((one, other) => pageNumber(one) - pageNumber(other))
    .map((name) => unpackedEntries(jsonOf(files, name), files));
  const held = files.has(`${old}/parts.json`) ? jsonOf(files, `${old}/parts.json`) : {};
  const bytes = files.get(`${old}/checkpoint`);
  const row: ConversationRow = {
    id,
    title: typeof kept.title === "string" ? kept.title.slice(0, 200) : "Untitled",
    created: numberOf(kept.created),
    changed: numberOf(kept.changed),
    epoch: 0,
    tasks: numberOf(kept.tasks),
    bytes: numberOf(kept.bytes),
    checkpointBytes: bytes?.length ?? 0,
    run: runOf(kept.run),
    lost: textsOf(kept.lost),
  };
  return {
    row,
    pages,
    parts: Object.entries((held ?? {}) as Record<string, Json>),
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

/** The files in a ZIP by name, under the limits. */
async function unpacked(
  file: Blob,
  maxBytes: number,
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  let total = 0;
  const unzip = new Unzip((entry) => {
    if (files.size >= MAX_FILES) throw tooLarge();
    const chunks: Uint8Array[] = [];
    entry.ondata = (error, chunk, final) => {
      if (error) throw error;
      total += chunk.length;
      if (total > maxBytes) throw tooLarge();
      chunks.push(chunk);
      if (final) files.set(entry.name, joined(chunks));
    };
    entry.start();
  });
  unzip.register(UnzipInflate);
  try {
    const reader = file.stream().getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      unzip.push(read.value);
    }
    unzip.push(new Uint8Array(0), true);
  } catch (error) {
    throw error instanceof SessionError ? error : notOurs();
  }
  return files;
}

function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function jsonOf(files: ReadonlyMap<string, Uint8Array>, name: string): unknown {
  const data = files.get(name);
  if (data === undefined) throw notOurs();
  if (data.length > MAX_JSON_BYTES) throw tooLarge();
  try {
    return JSON.parse(strFromU8(data));
  } catch {
    throw notOurs();
  }
}

function indexOf(files: ReadonlyMap<string, Uint8Array>): Index {
  const index = jsonOf(files, INDEX) as Partial<Index> | null;
  if (index?.format !== FORMAT || !Array.isArray(index.conversations)) throw notOurs();
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

function unpackedEntries(value: unknown, files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>) {
  if (!Array.isArray(value)) throw notOurs();
  return value.map((entry) => withBlobs(entry, files));
}

function withBlobs(value: unknown, files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): unknown {
  if (Array.isArray(value)) return value.map((item) => withBlobs(item, files));
  if (value === null || typeof value !== "object") return value;
  const { $blob: path, type, name } = value as { $blob?: unknown; type?: unknown; name?: unknown };
  if (typeof path === "string") {
    const bytes = files.get(path) ?? new Uint8Array(0);
    const options = { type: typeof type === "string" ? type : "" };
    return typeof name === "string" ? new File([bytes], name, options) : new Blob([bytes], options);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withBlobs(item, files)]),
  );
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

function notOurs(): SessionError {
  return new SessionError(
    "not_an_archive",
    "The file cannot be read: it holds no conversations of pyagent, or it is damaged.",
    "Choose a file that “Export” has made. Nothing was added.",
  );
}

function tooLarge(): SessionError {
  return new SessionError(
    "archive_too_large",
    "The file holds more than this page reads at once.",
    "Export fewer conversations into one file. Nothing was added.",
  );
}
