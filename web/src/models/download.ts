/**
 * Downloads one file of weights into the browser's own file system (OPFS) and hashes it on the way.
 * This runs in `download.worker.ts`, because only workers have synchronous file access, and hashing
 * half a gigabyte would block the page.
 *
 * A download that stops is kept, and the next one continues there. A file is complete when its mark
 * is beside it; the mark is written only after the hash was right.
 */
import { createSHA256, type IHasher } from "hash-wasm";

import { SessionError } from "../api/error";

export interface DownloadRequest {
  url: string;
  /** The name under which the file is kept. */
  key: string;
  bytes: number | null;
  sha256: string | null;
}

export type DownloadReply =
  | { type: "progress"; loaded: number; total: number | null }
  | { type: "done"; blob: Blob }
  | { type: "failed"; kind: string; message: string; advice: string };

export const FOLDER = "pyagent-models";
export const fileName = (key: string): string => `${key}.gguf`;
export const markName = (key: string): string => `${key}.ok`;

const READ_BYTES = 4 << 20;
const ATTEMPTS = 4;
const CHECK_SPACE = "Free some disk space, or remove another model from this browser.";

/** The target of the bytes: a file in OPFS, or memory in a browser without OPFS (private
 *  windows). */
interface Sink {
  size(): number;
  read(at: number, length: number): Uint8Array<ArrayBuffer>;
  append(chunk: Uint8Array<ArrayBuffer>): void;
  empty(): void;
  /** Completes the file and returns it. */
  finish(): Promise<Blob>;
  close(): void;
}

type OnProgress = (loaded: number, total: number | null) => void;

/** Returns the complete file. Rejects with `SessionError`. */
export async function download(request: DownloadRequest, onProgress: OnProgress): Promise<Blob> {
  // If two tabs want the same model, one of them downloads it.
  return navigator.locks.request(`pyagent-model-${request.key}`, async () => {
    const sink = await openSink(request.key);
    try {
      await fill(sink, request, onProgress);
      return await sink.finish();
    } finally {
      sink.close();
    }
  });
}

async function fill(sink: Sink, request: DownloadRequest, onProgress: OnProgress): Promise<void> {
  const resumed = sink.size() > 0;
  const hasher = await createSHA256();
  rehash(sink, hasher.init(), request, onProgress);
  for (let attempt = 1; ; attempt++) {
    const before = sink.size();
    try {
      if (before !== request.bytes) await receive(sink, hasher, request, onProgress);
      break;
    } catch (error) {
      if (error instanceof SessionError) throw error;
      if (isQuota(error))
        throw new SessionError("no_storage", "The browser's storage is full.", CHECK_SPACE);
      if (attempt === ATTEMPTS || sink.size() === before) throw unreachable(request.url, error);
    }
  }
  if (request.sha256 === null || hasher.digest() === request.sha256) return;
  sink.empty();
  // The part from an earlier visit may be of another version of the file: start once more.
  if (resumed) return fill(sink, request, onProgress);
  throw new SessionError(
    "wrong_file",
    `The file at ${request.url} is not the model it should be: its SHA-256 differs.`,
    "Try again, or choose another model.",
  );
}

function rehash(
  sink: Sink,
  hasher: IHasher,
  request: DownloadRequest,
  onProgress: OnProgress,
): void {
  if (request.bytes !== null && sink.size() > request.bytes) sink.empty();
  for (let at = 0; at < sink.size(); at += READ_BYTES) {
    hasher.update(sink.read(at, Math.min(READ_BYTES, sink.size() - at)));
    onProgress(Math.min(at + READ_BYTES, sink.size()), request.bytes);
  }
}

async function receive(
  sink: Sink,
  hasher: IHasher,
  request: DownloadRequest,
  onProgress: OnProgress,
): Promise<void> {
  const start = sink.size();
  const headers: HeadersInit = start > 0 ? { Range: `bytes=${start}-` } : {};
  // We keep the file ourselves; the HTTP cache would keep it a second time.
  const response = await fetch(request.url, { headers, cache: "no-store" });
  const resumes = response.status === 206;
  if (!resumes) {
    sink.empty();
    hasher.init();
  }
  if (response.status === 416) return receive(sink, hasher, request, onProgress);
  if (!response.ok || !response.body) {
    throw new SessionError(
      "unreachable",
      `${request.url} answered with status ${response.status}.`,
      "Check the address of the model.",
    );
  }
  const length = response.headers.get("content-length");
  const total = request.bytes ?? (length ? sink.size() + Number(length) : null);
  for await (const chunk of chunksOf(response.body)) {
    if (sink.size() === 0) checkMagic(chunk, request.url);
    sink.append(chunk);
    hasher.update(chunk);
    onProgress(sink.size(), total);
    if (request.bytes !== null && sink.size() > request.bytes) break;
  }
  if (total !== null && sink.size() < total) throw new Error("the connection was cut");
}

// `for await` over a ReadableStream is newer in Safari than everything else used here.
async function* chunksOf(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function checkMagic(chunk: Uint8Array, url: string): void {
  if (String.fromCharCode(...chunk.subarray(0, 4)) === "GGUF") return;
  throw new SessionError(
    "wrong_file",
    `${url} is not a GGUF file.`,
    "Give the address of the .gguf file itself, not of the page that shows it.",
  );
}

function unreachable(url: string, error: unknown): SessionError {
  return new SessionError(
    "unreachable",
    `The model could not be downloaded from ${new URL(url).host} (${String(error)}).`,
    "Check the connection. The next try continues where this one stopped.",
  );
}

const isQuota = (error: unknown): boolean =>
  error instanceof DOMException && error.name === "QuotaExceededError";

async function openSink(key: string): Promise<Sink> {
  let folder: FileSystemDirectoryHandle;
  try {
    const root = await navigator.storage.getDirectory();
    folder = await root.getDirectoryHandle(FOLDER, { create: true });
  } catch {
    return memorySink();
  }
  const file = await folder.getFileHandle(fileName(key), { create: true });
  return fileSink(folder, file, key);
}

async function fileSink(
  folder: FileSystemDirectoryHandle,
  file: FileSystemFileHandle,
  key: string,
): Promise<Sink> {
  const access = await file.createSyncAccessHandle().catch((error: unknown) => {
    throw new SessionError(
      "storage",
      `The model's file cannot be written (${String(error)}).`,
      "Close other tabs of this page, or try again in a moment.",
    );
  });
  return {
    size: () => access.getSize(),
    read: (at, length) => {
      const bytes = new Uint8Array(length);
      access.read(bytes, { at });
      return bytes;
    },
    append: (chunk) => {
      if (access.write(chunk, { at: access.getSize() }) < chunk.length) {
        throw new DOMException("short write", "QuotaExceededError");
      }
    },
    empty: () => access.truncate(0),
    finish: async () => {
      access.flush();
      access.close();
      await folder.getFileHandle(markName(key), { create: true });
      return file.getFile();
    },
    close: () => access.close(),
  };
}

function memorySink(): Sink {
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  return {
    size: () => size,
    read: () => new Uint8Array(),
    append: (chunk) => {
      parts.push(chunk);
      size += chunk.length;
    },
    empty: () => {
      parts = [];
      size = 0;
    },
    finish: async () => new Blob(parts),
    close: () => undefined,
  };
}
