/**
 * Finds, downloads, lists and removes the weights that this browser keeps. This is the page's side
 * of `download.worker.ts`.
 */
import { SessionError, errorOf } from "../api/error";
import type { Progress, LocalModelSource } from "../api/session";
import { type DownloadReply, type DownloadRequest, fileName, FOLDER, markName } from "./download";
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
  const kept = await findKept(key);
  if (kept) return kept;
  await checkStorage(source);
  // Without this the browser may drop half a gigabyte whenever its disk fills up.
  void navigator.storage?.persist?.().catch(() => false);
  const { url, bytes, sha256 } = source;
  const label = `Downloading ${source.name}`;
  return runDownload(
    worker(),
    { url, key, bytes, sha256 },
    {
      signal,
      onProgress: (loaded, total) => onProgress?.({ stage: "model", label, loaded, total }),
    },
  );
}

function runDownload(
  worker: Worker,
  request: DownloadRequest,
  options: { signal?: AbortSignal; onProgress: (loaded: number, total: number | null) => void },
): Promise<Blob> {
  const { promise, resolve, reject } = Promise.withResolvers<Blob>();
  const onAbort = (): void => reject(options.signal?.reason);
  options.signal?.addEventListener("abort", onAbort);
  worker.addEventListener("error", () => {
    reject(new SessionError("internal", "The downloader could not start.", "Reload the page."));
  });
  worker.addEventListener("message", ({ data }: MessageEvent<DownloadReply>) => {
    if (data.type === "progress") options.onProgress(data.loaded, data.total);
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

/** Returns the ids of those models that this browser keeps. */
export async function keptModels(sources: readonly LocalModelSource[]): Promise<Set<string>> {
  const kept = new Set<string>();
  for (const source of sources) {
    if (await findKept(await keyOf(source))) kept.add(source.id);
  }
  return kept;
}

/** Removes a model's file, complete or partial. */
export async function removeModel(source: LocalModelSource): Promise<void> {
  const folder = await openFolder();
  const key = await keyOf(source);
  for (const name of [markName(key), fileName(key)]) {
    await folder?.removeEntry(name).catch(ignoreMissing);
  }
}

function ignoreMissing(error: unknown): void {
  if (error instanceof DOMException && error.name === "NotFoundError") return;
  throw error;
}

async function findKept(key: string): Promise<File | null> {
  const folder = await openFolder();
  try {
    await folder?.getFileHandle(markName(key));
    return (await (await folder?.getFileHandle(fileName(key)))?.getFile()) ?? null;
  } catch {
    return null; // it was never completely downloaded
  }
}

/** Returns null in a browser without its own file system, such as in private windows. */
async function openFolder(): Promise<FileSystemDirectoryHandle | null> {
  try {
    const root = await navigator.storage.getDirectory();
    return await root.getDirectoryHandle(FOLDER, { create: true });
  } catch {
    return null;
  }
}

/** Returns the file's hash if known, so that one file serves two addresses; else the address's
 *  hash. */
async function keyOf(source: LocalModelSource): Promise<string> {
  if (source.sha256) return source.sha256;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(source.url));
  return `url-${Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, "0")).join("")}`;
}
