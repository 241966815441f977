/**
 * Files of the site, checked against their hashes, and the store of those that Python starts from.
 * The page and the service worker both use it.
 */

import { lengthened } from "./repeats";
import { openCache } from "./stores";

/** A file of the site as the build lists it. */
export interface ListedFile {
  bytes: number;
  sha256: string;
}

/** A file of the site could not be fetched, or is not the one that the build listed. */
export class AssetError extends Error {
  override readonly name = "AssetError";
}

/** The file came, but is not the one that the build listed. */
class DamagedError extends AssetError {}

/** The cache of checked and unpacked files, by addresses that hold their hashes. The browser's own
 *  cache does not keep a file as large as the snapshot. */
export const STORE = "pyagent-runtime";

/** Opens the store of the runtime's files. Null when the page may not store anything. */
export const openStore = (): Promise<Cache | null> => openCache(STORE);

/** The address of a runtime file. The hash in it lets every cache keep the file forever. */
export function addressOf(path: string, { sha256 }: ListedFile, baseUrl: URL): URL {
  return new URL(`${path}?v=${sha256.slice(0, 16)}`, baseUrl);
}

/** Deletes the runtime files of one site that are not among `kept`. */
export async function forgetOthers(store: Cache, baseUrl: URL, kept: Set<string>): Promise<void> {
  const others = (await store.keys()).filter(
    ({ url }) => url.startsWith(baseUrl.href) && !kept.has(url),
  );
  await Promise.all(others.map((request) => store.delete(request)));
}

/** Runs `action` while no other tab or worker of this site writes to the store. */
export async function alone<T>(action: () => Promise<T>): Promise<T> {
  const { locks } = navigator;
  return locks ? ((await locks.request(STORE, action)) as T) : action();
}

/** Fetches a file. Throws `AssetError` unless the answer is a success. */
export async function get(url: URL, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    throw new AssetError(`${url.pathname} could not be fetched: ${String(error)}`);
  }
  if (!response.ok) throw new AssetError(`${url.pathname} answered ${response.status}.`);
  return response;
}

/**
 * Fetches a runtime file and checks it. The browser's own cache keeps such a file forever, also one
 * that came damaged, so that the host is then asked once more, past the cache. `onBytes` is
 * told how many bytes come; a negative number takes back those that do not count.
 */
export async function getChecked(
  url: URL,
  path: string,
  { sha256 }: ListedFile,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<ArrayBuffer> {
  const attempt = async (cache: RequestCache): Promise<ArrayBuffer> => {
    let come = 0;
    const count = (bytes: number): void => {
      come += bytes;
      onBytes(bytes);
    };
    try {
      const bytes = await body(await get(url, { cache }), count);
      await check(bytes, sha256, path);
      return bytes;
    } catch (error) {
      onBytes(-come);
      throw error;
    }
  };
  return attempt("default").catch((error: unknown) => {
    if (error instanceof DamagedError) return attempt("reload");
    throw error;
  });
}

async function body(response: Response, onBytes: (bytes: number) => void): Promise<ArrayBuffer> {
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      onBytes(chunk.byteLength);
      controller.enqueue(chunk);
    },
  });
  const counted = response.body!.pipeThrough(counter as never);
  return new Response(counted).arrayBuffer();
}

/** Throws `AssetError` unless these are the bytes that the build listed for `path`. */
export async function check(bytes: ArrayBuffer, sha256: string, path: string): Promise<void> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hex !== sha256) throw new DamagedError(`${path} is damaged or of another version.`);
}

/** What a `.short.gz` was shortened by: all other packed files of a list, one after the other. */
export async function others(
  files: { readonly [path: string]: ListedFile },
  read: (path: string) => Promise<Blob>,
): Promise<Blob> {
  const paths = Object.keys(files).filter((path) => path.endsWith(".gz") && !isShort(path));
  return new Blob(await Promise.all(paths.sort().map(read)));
}

const isShort = (path: string): boolean => path.endsWith(".short.gz");

/** The file as it is used: a `.gz` unpacked, a `.short.gz` also with what `before` has of it, any
 *  other as it came. */
export async function unpacked(
  path: string,
  bytes: ArrayBuffer,
  before: () => Promise<Blob>,
): Promise<Blob> {
  if (!path.endsWith(".gz")) return new Blob([bytes]);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const file = new Response(stream);
  if (!isShort(path)) return file.blob();
  const [short, known] = await Promise.all([file.arrayBuffer(), (await before()).arrayBuffer()]);
  return new Blob([lengthened(new Uint8Array(short), new Uint8Array(known))]);
}
