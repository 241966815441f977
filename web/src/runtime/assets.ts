/**
 * Fetches the runtime's files from beside the page, checks them against the manifest and unpacks
 * them. The page does this once and posts the result to every realm that runs Python.
 */
import type { RuntimeFiles } from "./boot";
import {
  addressOf,
  alone,
  AssetError,
  forgetOthers,
  get,
  getChecked,
  openStore,
  others,
  unpacked,
  type ListedFile,
} from "./files";

export { AssetError } from "./files";

/** dist/manifest.json */
interface Manifest {
  build_id: string;
  files: { [path: string]: ListedFile };
}

export type BytesProgress = (loaded: number, total: number) => void;

/** Fetches all files. `onProgress` counts the bytes of all together. Throws `AssetError`. */
export async function fetchRuntime(
  baseUrl: URL,
  onProgress: BytesProgress = () => undefined,
): Promise<RuntimeFiles> {
  const manifest = await readManifest(baseUrl);
  const entries = Object.entries(manifest.files);
  const total = entries.reduce((sum, [, file]) => sum + file.bytes, 0);
  let loaded = 0;
  const onBytes = (bytes: number): void => onProgress((loaded += bytes), total);
  const store = await openStore();
  const urls = new Set<string>();
  const writes: Promise<void>[] = [];
  const bring = async (path: string, listed: ListedFile): Promise<Blob> => {
    const url = addressOf(path, listed, baseUrl);
    urls.add(url.href);
    const kept = await store?.match(url);
    if (kept !== undefined) {
      onBytes(listed.bytes);
      return kept.blob();
    }
    const sent = await getChecked(url, path, listed, onBytes);
    const file = await unpacked(path, sent, () =>
      others(manifest.files, (other) => bringing.get(other)!),
    );
    if (store !== null) writes.push(store.put(url, new Response(file)).catch(ignore));
    return file;
  };
  const bringing = new Map(entries.map(([path, listed]) => [path, bring(path, listed)]));
  const contents = await Promise.all(
    [...bringing].map(async ([path, file]) => [path, await file] as const),
  );
  if (store !== null) void alone(() => tidy(store, writes, baseUrl, urls)).catch(ignore);
  return assemble(manifest.build_id, new Map(contents));
}

async function readManifest(baseUrl: URL): Promise<Manifest> {
  const text = await (await get(new URL("manifest.json", baseUrl))).text();
  try {
    const manifest = JSON.parse(text) as Manifest;
    if (Object.keys(manifest.files).length) return manifest;
  } catch {
    // The page of a hotspot, or half of a file.
  }
  throw new AssetError("manifest.json is not the list of files that it should be.");
}

async function assemble(buildId: string, contents: Map<string, Blob>): Promise<RuntimeFiles> {
  const file = (path: string): Blob => {
    const content = contents.get(path);
    if (content === undefined) throw new AssetError(`The manifest lacks ${path}.`);
    return content;
  };
  const wheels = [...contents].filter(([path]) => path.startsWith("wheels/"));
  return {
    buildId,
    asm: file("runtime/pyodide.asm.mjs"),
    wasm: file("runtime/pyodide.asm.wasm"),
    stdlib: file("runtime/python_stdlib.zip.gz"),
    lock: await file("runtime/pyodide-lock.json").text(),
    snapshot: file("runtime/snapshot.short.gz"),
    wheels: Object.fromEntries(wheels.map(([path, content]) => [wheelName(path), content])),
  };
}

function wheelName(path: string): string {
  return path.replace(/^wheels\//, "").replace(/\.gz$/, "");
}

/** Waits for what is being stored, so that nobody fetches it again, and deletes other builds' files
 *  unless a service worker keeps them for tabs of an older build. */
async function tidy(
  store: Cache,
  writes: Promise<void>[],
  baseUrl: URL,
  urls: Set<string>,
): Promise<void> {
  await Promise.all(writes);
  const worker = await navigator.serviceWorker?.getRegistration(baseUrl.href);
  const ours = new URL("service-worker.js", baseUrl).href;
  if (worker?.active?.scriptURL !== ours) await forgetOthers(store, baseUrl, urls);
}

/** Ignores a full disk or a private window: the next visit then takes some seconds longer. */
function ignore(): void {}
