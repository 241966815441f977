/**
 * Fetches the runtime's files from beside the page, checks them against the manifest and unpacks
 * them. The page does this once and posts the result to every realm that runs Python.
 */
import type { RuntimeFiles } from "./boot";

/** dist/manifest.json */
interface Manifest {
  build_id: string;
  files: { [path: string]: { bytes: number; sha256: string } };
}

export type BytesProgress = (loaded: number, total: number) => void;

/** A runtime file could not be fetched, or is not the one that the manifest names. */
export class AssetError extends Error {
  override readonly name = "AssetError";
}

/** Fetches all files. `onProgress` counts the bytes of all together. Throws `AssetError`. */
export async function fetchRuntime(
  baseUrl: URL,
  onProgress: BytesProgress = () => undefined,
): Promise<RuntimeFiles> {
  const manifest = (await (await get(new URL("manifest.json", baseUrl))).json()) as Manifest;
  const entries = Object.entries(manifest.files);
  const total = entries.reduce((sum, [, file]) => sum + file.bytes, 0);
  let loaded = 0;
  const onBytes = (bytes: number): void => onProgress((loaded += bytes), total);
  const store = await openStore();
  const urls = new Set<string>();
  const contents = await Promise.all(
    entries.map(async ([path, listed]) => {
      // The hash in the address lets every cache keep the file forever.
      const url = new URL(`${path}?v=${listed.sha256.slice(0, 16)}`, baseUrl);
      urls.add(url.href);
      const kept = await store?.match(url);
      if (kept !== undefined) {
        onBytes(listed.bytes);
        return [path, await kept.blob()] as const;
      }
      const sent = await body(await get(url), onBytes);
      await check(sent, listed.sha256, path);
      const file = path.endsWith(".gz") ? await gunzip(sent) : new Blob([sent]);
      store?.put(url, new Response(file)).catch(ignore);
      return [path, file] as const;
    }),
  );
  if (store !== null) forgetOthers(store, urls).catch(ignore);
  return assemble(manifest.build_id, new Map(contents));
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
    snapshot: file("runtime/snapshot.bin.gz"),
    wheels: Object.fromEntries(wheels.map(([path, content]) => [wheelName(path), content])),
  };
}

function wheelName(path: string): string {
  return path.replace(/^wheels\//, "").replace(/\.gz$/, "");
}

/**
 * Opens the store of checked and unpacked files, for the next visit. The browser's own cache does
 * not keep a file as large as the snapshot. Null when the page may not store anything.
 */
async function openStore(): Promise<Cache | null> {
  try {
    return await caches.open("pyagent-runtime");
  } catch {
    return null;
  }
}

async function forgetOthers(store: Cache, urls: Set<string>): Promise<void> {
  const others = (await store.keys()).filter((request) => !urls.has(request.url));
  await Promise.all(others.map((request) => store.delete(request)));
}

/** Ignores a full disk or a private window: the next visit then takes some seconds longer. */
function ignore(): void {}

async function get(url: URL): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new AssetError(`${url.pathname} could not be fetched: ${String(error)}`);
  }
  if (!response.ok) throw new AssetError(`${url.pathname} answered ${response.status}.`);
  return response;
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

async function check(bytes: ArrayBuffer, sha256: string, path: string): Promise<void> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hex !== sha256) throw new AssetError(`${path} is damaged or of another version.`);
}

function gunzip(bytes: ArrayBuffer): Promise<Blob> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).blob();
}
