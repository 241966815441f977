/** Reads and checks the files of a task before anything is sent. */
import { SessionError, messageOf } from "../api/error";
import { MAX_FILE_BYTES, type FileInfo } from "../protocol";

/** The largest sum of a task's files. */
export const MAX_TOTAL_BYTES = 256 * 1024 * 1024;

/** The most bytes of a file's name. File systems allow 255, and code adds endings to names. */
const MAX_NAME_BYTES = 180;

/** Names of folders, and one that the file system in a page takes for the prototype of its folder. */
const NOT_A_NAME = /^(\.+|__proto__)$/;

export interface RunFiles {
  infos: FileInfo[];
  buffers: ArrayBuffer[];
}

/** Reads the files of one task. Rejects with a `SessionError` that names the file. */
export async function readFiles(files: readonly File[]): Promise<RunFiles> {
  const [read] = await readGroups([files]);
  return read!;
}

/** Reads the files of several tasks; names are unique within a task. Rejects like `readFiles`. */
export async function readGroups(groups: readonly (readonly File[])[]): Promise<RunFiles[]> {
  checkSizes(groups.flat());
  return Promise.all(groups.map(readGroup));
}

/**
 * Reads the files of earlier tasks again. Of several with the same name it is the last one, in the
 * order in which the names first came. `unread` names what cannot be read any more or does not fit,
 * where the files of later tasks come first.
 */
export async function readAgain(
  tasks: readonly (readonly File[])[],
): Promise<RunFiles & { unread: string[] }> {
  const latest = new Map<string, File>();
  for (const files of tasks) {
    uniqueNames(files).forEach((name, index) => latest.set(name, files[index]!));
  }
  const left = new Set(tooMany(latest));
  const read: RunFiles & { unread: string[] } = { infos: [], buffers: [], unread: [] };
  for (const [path, file] of latest) {
    const bytes = left.has(path) ? null : await file.arrayBuffer().catch(() => null);
    if (bytes === null) read.unread.push(path);
    else {
      read.infos.push(infoOf(path, file, bytes));
      read.buffers.push(bytes);
    }
  }
  return read;
}

/** The names of the files that do not fit beside those of later tasks. */
function tooMany(files: ReadonlyMap<string, File>): string[] {
  let room = MAX_TOTAL_BYTES;
  return [...files]
    .reverse()
    .filter(([, { size }]) => size > MAX_FILE_BYTES || size > room || void (room -= size))
    .map(([name]) => name);
}

async function readGroup(files: readonly File[]): Promise<RunFiles> {
  const buffers = await Promise.all(files.map(read));
  const names = uniqueNames(files);
  const infos = files.map((file, index) => infoOf(names[index]!, file, buffers[index]!));
  return { infos, buffers };
}

function infoOf(path: string, { type }: File, { byteLength }: ArrayBuffer): FileInfo {
  return { path, size_bytes: byteLength, media_type: type || "application/octet-stream" };
}

function checkSizes(files: readonly File[]): void {
  for (const { name, size } of files) {
    if (size > MAX_FILE_BYTES) {
      throw new SessionError(
        "file",
        `${name} is too large: ${megabytes(size)}, and ${megabytes(MAX_FILE_BYTES)} are possible.`,
        "Give a smaller part of it.",
      );
    }
  }
  const total = files.reduce((sum, file) => sum + file.size, 0);
  if (total > MAX_TOTAL_BYTES) {
    throw new SessionError(
      "file",
      `The files are too large together: ${megabytes(total)}, and ${megabytes(MAX_TOTAL_BYTES)} are possible.`,
      "Give fewer files.",
    );
  }
}

async function read(file: File): Promise<ArrayBuffer> {
  try {
    return await file.arrayBuffer();
  } catch (error) {
    throw new SessionError(
      "file",
      `${file.name} cannot be read: ${messageOf(error)}`,
      "It may have been moved, changed, or be a folder. Choose it again.",
    );
  }
}

/** Names for the work folder: without folders, shortened, and numbered when two files have the same name. */
function uniqueNames(files: readonly File[]): string[] {
  const taken = new Set<string>();
  return files.map(({ name }) => {
    const plain = shortName(name.replace(/[\\/:\0]/g, "_").replace(NOT_A_NAME, "_") || "file");
    let unique = plain;
    for (let count = 2; taken.has(unique); count++) unique = numbered(plain, count);
    taken.add(unique);
    return unique;
  });
}

/** Returns a name that every file system takes; a long one loses the end of what is before its
 *  ending. */
export function shortName(name: string): string {
  if (bytesOf(name) <= MAX_NAME_BYTES) return name;
  const dot = name.lastIndexOf(".");
  const ending = dot > 0 && bytesOf(name.slice(dot)) <= MAX_NAME_BYTES / 4 ? name.slice(dot) : "";
  const characters = [...name.slice(0, Math.min(name.length - ending.length, MAX_NAME_BYTES))];
  while (bytesOf(characters.join("")) + bytesOf(ending) > MAX_NAME_BYTES) characters.pop();
  return characters.join("") + ending;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

export function numbered(name: string, count: number): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? `${name.slice(0, dot)} (${count})${name.slice(dot)}` : `${name} (${count})`;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
