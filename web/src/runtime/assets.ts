/**
 * Brings the runtime's files to the page: fetched from beside it, checked against the manifest,
 * unpacked. The page does this once and posts the result to every realm that runs Python.
 */
import type { RuntimeFiles } from "./boot";

/** dist/manifest.json */
interface Manifest {
  build_id: string;
  files: { [path: string]: { bytes: number; sha256: string } };
}

export type BytesProgress = (loaded: number, total: number) => void;

/** A runtime file that could not be had, or is not the one the manifest names. */
export class AssetError extends Error {
  override readonly name = "AssetError";
}

/** Throws `AssetError`. `onProgress` counts bytes, all files together. */
export async function fetchRuntime(
  baseUrl: URL,
  onProgress: BytesProgress = () => undefined,
): Promise<RuntimeFiles> {
  const manifest = (await (await get(new URL("manifest.json", baseUrl))).json()) as Manifest;
  const entries = Object.entries(manifest.files);
  const total = entries.reduce((sum, [, file]) => sum + file.bytes, 0);
  let loaded = 0;
  const onBytes = (bytes: number): void => onProgress((loaded += bytes), total);
  const contents = await Promise.all(
    entries.map(async ([path, file]) => {
      // The hash in the address lets every cache keep the file for ever.
      const url = new URL(`${path}?v=${file.sha256.slice(0, 16)}`, baseUrl);
      return [path, await checked(await body(await get(url), onBytes), file.sha256, path)] as const;
    }),
  );
  return assemble(manifest.build_id, new Map(contents));
}

async function assemble(
  buildId: string,
  contents: Map<string, ArrayBuffer>,
): Promise<RuntimeFiles> {
  const file = (path: string): ArrayBuffer => {
    const bytes = contents.get(path);
    if (bytes === undefined) throw new AssetError(`The manifest lacks ${path}.`);
    return bytes;
  };
  const wheels = [...contents].filter(([path]) => path.startsWith("wheels/"));
  return {
    buildId,
    asm: file("runtime/pyodide.asm.mjs"),
    wasm: file("runtime/pyodide.asm.wasm"),
    stdlib: await gunzip(file("runtime/python_stdlib.zip.gz")),
    lock: new TextDecoder().decode(file("runtime/pyodide-lock.json")),
    snapshot: await gunzip(file("runtime/snapshot.bin.gz")),
    wheels: Object.fromEntries(wheels.map(([path, bytes]) => [path.slice(7), bytes])),
  };
}

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

async function checked(bytes: ArrayBuffer, sha256: string, path: string): Promise<ArrayBuffer> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hex !== sha256) throw new AssetError(`${path} is damaged or of another version.`);
  return bytes;
}

function gunzip(bytes: ArrayBuffer): Promise<ArrayBuffer> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}
