/**
 * Downloads one file of weights into the browser's own file system (OPFS) and hashes it on the way.
 * This runs in `download.worker.ts`, because only workers have synchronous file access, and hashing
 * half a gigabyte would block the page.
 *
 * A download that stops is kept, with a note that says what it is of, and the next one continues
 * there. A file is complete when its mark is beside it; the mark is written only after the hash was
 * right.
 */
import { createSHA256, type IHasher } from "hash-wasm";

import { SessionError } from "../api/error";
import { openFolder } from "../runtime/stores";
import { isQuota, transfer, type Target } from "../runtime/transfer";
import { whileWaiting } from "../runtime/waiting";

export interface DownloadRequest {
  url: string;
  /** The name under which the file is kept. */
  key: string;
  /** What a person calls the model. */
  name: string;
  bytes: number | null;
  sha256: string | null;
  /** What the file is; GGUF unless it says otherwise. */
  format?: keyof typeof KINDS;
}

/** How far a download is. */
export interface DownloadProgress {
  loaded: number;
  total: number | null;
  /** Whether what was here already is being read, before anything more comes. */
  checking: boolean;
  /** Why it starts over, or who else downloads it, as a sentence; null when there is nothing to say. */
  note: string | null;
}

export type DownloadReply =
  | ({ type: "progress" } & DownloadProgress)
  | { type: "done"; blob: Blob }
  | { type: "failed"; kind: string; message: string; advice: string };

/** What lies beside a file and says what it is of. */
export interface DownloadNote {
  name: string;
  url: string;
  bytes: number | null;
  version: string | null;
}

export const FOLDER = "pyagent-models";
/** The key of an ONNX file begins like this. */
export const ONNX_KEY = "onnx-";
export const fileName = (key: string): string =>
  `${key}.${key.startsWith(ONNX_KEY) ? "onnx" : "gguf"}`;
export const markName = (key: string): string => `${key}.ok`;
export const noteName = (key: string): string => `${key}.json`;

const READ_BYTES = 4 << 20;
/** The tries to open a file that an ended worker may still hold, and the wait between them. */
const OPENINGS = 20;
const OPENING_MS = 100;

/** A target that becomes a file: one in OPFS, or memory in a browser without OPFS (private
 *  windows). */
interface Sink extends Target {
  /** Completes the file and returns it. */
  finish(): Promise<Blob>;
  close(): void;
}

type OnProgress = (progress: DownloadProgress) => void;

/** Returns the complete file. Rejects with `SessionError`. */
export async function download(
  request: DownloadRequest,
  onProgress: OnProgress,
  pause?: (ms: number) => Promise<void>,
): Promise<Blob> {
  // If two tabs want the same model, one of them downloads it.
  const told = whileWaiting(async () => {
    const { bytes: total } = request;
    onProgress({ loaded: await sizeOf(request.key), total, checking: false, note: ELSEWHERE });
  });
  const act = (): Promise<Blob> => {
    told();
    return downloadAlone(request, onProgress, pause);
  };
  return navigator.locks.request(`pyagent-model-${request.key}`, act).finally(told);
}

async function downloadAlone(
  request: DownloadRequest,
  onProgress: OnProgress,
  pause?: (ms: number) => Promise<void>,
): Promise<Blob> {
  const folder = await openFolder(FOLDER);
  const whole = folder && (await wholeFile(folder, request));
  if (whole) return whole; // another tab has completed it meanwhile
  const sink = await openSink(folder, request, onProgress);
  const kind = KINDS[request.format ?? "GGUF"];
  const wanted = {
    ...request,
    url: new URL(request.url),
    what: "model",
    ...kind,
    advice: request.sha256 ? "Try again, or choose another model." : kind.advice,
  } as const;
  try {
    await transfer(sink, wanted, {
      onProgress: (loaded, total, note) => onProgress({ loaded, total, note, checking: false }),
      pause,
    });
    return await sink.finish();
  } catch (error) {
    throw isQuota(error) ? noRoomFor(request) : error;
  } finally {
    sink.close();
  }
}

const OF_ONNX = "Check the name of the model: its files come from there.";
/** How a file of each format begins, and what to do when another file came from its address. */
const KINDS = {
  GGUF: {
    start: "GGUF",
    format: "GGUF file",
    advice: "Give the address of the .gguf file itself, not of the page that shows it.",
  },
  // It begins with the number of its first field.
  ONNX: { start: "\b", format: "file in ONNX format", advice: OF_ONNX },
  "ONNX data": { start: "", format: "file of ONNX weights", advice: OF_ONNX },
} as const;
const ELSEWHERE = "Another tab of this page is downloading it, and this one waits for that.";

/** How many bytes are here of a file that another tab may be downloading. */
async function sizeOf(key: string): Promise<number> {
  const file = await (await openFolder(FOLDER))?.getFileHandle(fileName(key));
  return (await file?.getFile())?.size ?? 0;
}

function noRoomFor({ name }: DownloadRequest): SessionError {
  return new SessionError(
    "no_storage",
    `The browser's storage is full, so ${name} cannot be kept.`,
    "Free some disk space, or remove a model or packages in the settings.",
  );
}

/** A complete file that this browser keeps; null when it has none. */
export async function keptFile(key: string): Promise<Blob | null> {
  const folder = await openFolder(FOLDER);
  return folder && wholeFile(folder, { key, bytes: null });
}

/** The file, if it was completed and still has its length. */
async function wholeFile(
  folder: FileSystemDirectoryHandle,
  { key, bytes }: Pick<DownloadRequest, "key" | "bytes">,
): Promise<Blob | null> {
  try {
    await folder.getFileHandle(markName(key));
    const file = await (await folder.getFileHandle(fileName(key))).getFile();
    return file.size > 0 && (bytes === null || file.size === bytes) ? file : null;
  } catch {
    return null;
  }
}

async function openSink(
  folder: FileSystemDirectoryHandle | null,
  request: DownloadRequest,
  onProgress: OnProgress,
): Promise<Sink> {
  const hasher = await createSHA256();
  hasher.init();
  if (!folder) return memorySink(hasher);
  // A mark beside a file that is about to change would soon be wrong.
  await folder.removeEntry(markName(request.key)).catch(() => undefined);
  const file = await open(folder, fileName(request.key));
  const note = await open(folder, noteName(request.key));
  const sink = new FileSink(folder, request, file, note, hasher);
  sink.readAgain(onProgress);
  return sink;
}

async function open(
  folder: FileSystemDirectoryHandle,
  name: string,
): Promise<FileSystemSyncAccessHandle> {
  const file = await folder.getFileHandle(name, { create: true });
  for (let opening = 1; ; opening++) {
    try {
      return await file.createSyncAccessHandle();
    } catch (error) {
      if (opening < OPENINGS) {
        await new Promise((resolve) => setTimeout(resolve, OPENING_MS));
        continue;
      }
      throw new SessionError(
        "storage",
        `The model's file cannot be written (${String(error)}).`,
        "Close other tabs of this page, or try again in a moment.",
      );
    }
  }
}

class FileSink implements Sink {
  readonly keeps = true;
  private known: string | null = null;

  constructor(
    private readonly folder: FileSystemDirectoryHandle,
    private readonly request: DownloadRequest,
    private readonly file: FileSystemSyncAccessHandle,
    private readonly beside: FileSystemSyncAccessHandle,
    private readonly hasher: IHasher,
  ) {
    this.known = this.readNote()?.version ?? null;
    this.version = this.known; // the note also says what a person calls the file now
  }

  get size(): number {
    return this.file.getSize();
  }

  get version(): string | null {
    return this.known;
  }

  set version(version: string | null) {
    this.known = version;
    const { name, url, bytes } = this.request;
    const text = JSON.stringify({ name, url, bytes, version } satisfies DownloadNote);
    const written = new TextEncoder().encode(text);
    try {
      this.beside.truncate(written.length);
      this.beside.write(written, { at: 0 });
      this.beside.flush();
    } catch (error) {
      if (!isQuota(error)) throw error; // the next chunk of the file says it
    }
  }

  /** Hashes what is here. */
  readAgain(onProgress: OnProgress): void {
    const total = this.request.bytes;
    for (let at = 0; at < this.size; at += READ_BYTES) {
      const bytes = new Uint8Array(Math.min(READ_BYTES, this.size - at));
      this.file.read(bytes, { at });
      this.hasher.update(bytes);
      onProgress({ loaded: at + bytes.length, total, checking: true, note: null });
    }
  }

  append(chunk: Uint8Array<ArrayBuffer>): void {
    if (this.file.write(chunk, { at: this.size }) < chunk.length) {
      throw new DOMException("short write", "QuotaExceededError");
    }
    this.hasher.update(chunk);
  }

  empty(): void {
    this.file.truncate(0);
    this.hasher.init();
  }

  digest(): string {
    return this.hasher.digest();
  }

  async finish(): Promise<Blob> {
    this.file.flush();
    this.close();
    await this.folder.getFileHandle(markName(this.request.key), { create: true });
    return (await this.folder.getFileHandle(fileName(this.request.key))).getFile();
  }

  close(): void {
    this.file.close();
    this.beside.close();
  }

  private readNote(): DownloadNote | null {
    const bytes = new Uint8Array(this.beside.getSize());
    this.beside.read(bytes, { at: 0 });
    try {
      return JSON.parse(new TextDecoder().decode(bytes)) as DownloadNote;
    } catch {
      return null; // there is none yet, or it was cut off
    }
  }
}

function memorySink(hasher: IHasher): Sink {
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    keeps: false,
    version: null,
    append: (chunk) => {
      parts.push(chunk);
      size += chunk.length;
      hasher.update(chunk);
    },
    empty: () => {
      parts = [];
      size = 0;
      hasher.init();
    },
    digest: () => hasher.digest(),
    finish: async () => new Blob(parts),
    close: () => undefined,
  };
}
