/**
 * Finds, downloads, lists and removes the weights that this browser keeps. This is the page's side
 * of `download.worker.ts`.
 */
import { SessionError, errorOf } from "../api/error";
import type { Progress, LocalModelSource } from "../api/session";
import { Pace } from "../runtime/pace";
import { openFolder } from "../runtime/stores";
import {
  type DownloadNote,
  type DownloadProgress,
  type DownloadReply,
  type DownloadRequest,
  fileName,
  FOLDER,
  markName,
  noteName,
} from "./download";
import { checkStorage } from "./fit";

export interface LoadOptions {
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

/**
 * Returns a model's file, which is downloaded first unless this browser keeps it. Rejects with
 * `SessionError`, or with the signal's reason. A partial download is kept, and the next call
 * continues it.
 */
export async function openWeights(
  source: LocalModelSource,
  worker: () => Worker,
  { onProgress, signal }: LoadOptions = {},
): Promise<Blob> {
  if (source.file) return source.file;
  const key = await keyOf(source);
  const here = await look(key);
  if (here?.complete && isWhole(here, source)) return here.file;
  await checkStorage(source, here?.bytes);
  // Without this the browser may drop half a gigabyte whenever its disk fills up.
  void navigator.storage?.persist?.().catch(() => false);
  const { name, url, bytes, sha256 } = source;
  const tell = told(name, onProgress);
  return runDownload(worker(), { name, url, key, bytes, sha256 }, { signal, onProgress: tell });
}

/** Says how far a download is, how fast it goes, and what it does at first with an earlier part. */
export function told(name: string, onProgress: LoadOptions["onProgress"]) {
  const pace = new Pace();
  return ({ loaded, total, checking, note }: DownloadProgress): void => {
    const label = `${checking ? "Checking what is here of" : "Downloading"} ${name}`;
    const bytesPerSecond = checking ? null : pace.at(loaded);
    onProgress?.({ stage: "model", label, loaded, total, bytesPerSecond, note });
  };
}

function runDownload(
  worker: Worker,
  request: DownloadRequest,
  options: { signal?: AbortSignal; onProgress: (progress: DownloadProgress) => void },
): Promise<Blob> {
  const { promise, resolve, reject } = Promise.withResolvers<Blob>();
  const onAbort = (): void => reject(options.signal?.reason);
  options.signal?.addEventListener("abort", onAbort);
  worker.addEventListener("error", () => {
    reject(new SessionError("internal", "The downloader could not start.", "Reload the page."));
  });
  worker.addEventListener("message", ({ data }: MessageEvent<DownloadReply>) => {
    if (data.type === "progress") options.onProgress(data);
    else if (data.type === "done") resolve(data.blob);
    else reject(errorOf(data));
  });
  if (options.signal?.aborted) onAbort();
  else worker.postMessage(request);
  return promise.finally(() => {
    options.signal?.removeEventListener("abort", onAbort);
    worker.terminate();
  });
}

/** What this browser has of one model's weights. */
export interface KeptWeights {
  key: string;
  /** What a person calls the model; empty when nothing says it. */
  name: string;
  /** How many bytes are here. */
  bytes: number;
  /** How many there are in all; null when that is unknown. */
  total: number | null;
  /** Whether the model can be used without a network. */
  complete: boolean;
}

/** Returns what this browser has of these models, by their ids, and what it has of others. */
export async function keptWeights(
  sources: readonly LocalModelSource[],
): Promise<{ own: Map<string, KeptWeights>; others: KeptWeights[] }> {
  const others = new Map((await everything()).map((kept) => [kept.key, kept]));
  const own = new Map<string, KeptWeights>();
  for (const source of sources) {
    const key = await keyOf(source);
    const kept = others.get(key);
    if (!kept) continue;
    own.set(source.id, { ...kept, complete: kept.complete && isWhole(kept, source) });
    others.delete(key);
  }
  return { own, others: [...others.values()] };
}

/** Removes weights, complete or partial. Rejects with `SessionError` while they are downloaded. */
export async function removeWeights({ key, name }: KeptWeights): Promise<void> {
  const folder = await openFolder(FOLDER);
  for (const file of [markName(key), fileName(key), noteName(key)]) {
    await folder?.removeEntry(file).catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotFoundError") return;
      throw new SessionError(
        "storage",
        `${name || "The model"} cannot be removed now.`,
        "Stop its download, also in other tabs, then try again.",
      );
    });
  }
}

async function everything(): Promise<KeptWeights[]> {
  const folder = await openFolder(FOLDER);
  const kept: KeptWeights[] = [];
  if (!folder) return kept;
  for await (const name of folder.keys()) {
    const key = /^(.+)\.(?:gguf|onnx)$/.exec(name)?.[1];
    const here = key === undefined ? null : await look(key);
    if (here?.bytes) kept.push(here);
  }
  return kept;
}

async function look(key: string): Promise<(KeptWeights & { file: File }) | null> {
  const folder = await openFolder(FOLDER);
  const fileOf = async (name: string): Promise<File | null> => {
    try {
      return (await (await folder?.getFileHandle(name))?.getFile()) ?? null;
    } catch {
      return null;
    }
  };
  const file = await fileOf(fileName(key));
  if (!file) return null;
  const complete = (await fileOf(markName(key))) !== null;
  const { name = "", bytes = null } = readNote((await (await fileOf(noteName(key)))?.text()) ?? "");
  return { key, file, name, bytes: file.size, total: complete ? file.size : bytes, complete };
}

function readNote(text: string): Partial<DownloadNote> {
  try {
    return (JSON.parse(text) ?? {}) as Partial<DownloadNote>;
  } catch {
    return {}; // it was cut off, or an earlier version of the page wrote none
  }
}

/** Whether a file that was completed once still has its length. */
const isWhole = ({ bytes }: KeptWeights, source: LocalModelSource): boolean =>
  source.bytes === null || source.bytes === bytes;

/** Returns the file's hash if known, so that one file serves two addresses; else the address's
 *  hash. */
async function keyOf(source: LocalModelSource): Promise<string> {
  if (source.sha256) return source.sha256;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(source.url));
  return `url-${Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, "0")).join("")}`;
}
