/**
 * The prepared memory: Python with numpy and pandas imported, made by the build. A sandbox that starts
 * from it needs no time for those imports. No memory of a sandbox ever becomes one.
 *
 * The site's file holds what differs from the site's own snapshot. It is kept as `joined` returns it.
 */
import { link, type Linker, type LinkPlan } from "./libraries";

/** The files of a prepared memory, to be posted between realms. */
export interface PreparedFiles {
  /** A `LinkPlan` as JSON. */
  plan: Blob;
  /** In the form of `RuntimeFiles.snapshot`. */
  memory: Blob;
  /** The wheels of the packages in it, by name. They are not packed inside. */
  wheels: { [name: string]: Blob };
}

/** A prepared memory that a runtime can start from. */
export interface Prepared {
  memory: ArrayBuffer;
  /** The names of its packages. */
  packages: readonly string[];
  /** Links its libraries, before the memory is copied. Throws where it does not fit. */
  link(module: unknown): void;
  /** Its packages' files, by path. */
  files: ReadonlyMap<string, Uint8Array>;
}

/** The file starts with the length of its plan, and one more word. Two hashes follow. */
const WORDS_BYTES = 8;
const HASH_BYTES = 32;
const HEAD_BYTES = WORDS_BYTES + 2 * HASH_BYTES;
/** How long reading may take, in milliseconds. It takes less than a second, or two on a busy machine. */
export const LIMIT_MS = 15_000;
const ZIP_END = 0x06054b50;
const ZIP_END_BYTES = 22;

/** Joins the site's file with the snapshot that was taken off it. */
export async function joined(file: Blob, snapshot: Blob): Promise<Blob> {
  const planEnd = HEAD_BYTES + (await wordsOf(file, 0))[0]!;
  const start = planEnd + (await wordsOf(file, planEnd))[1]!;
  const base = await snapshot.arrayBuffer();
  const bytes = new Uint8Array(base, new Uint32Array(base, 0, 2)[1]);
  let at = -start; // in the memory
  const join = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      const last = Math.min(chunk.length, bytes.length - at);
      for (let from = Math.max(0, -at); from < last; from++) chunk[from]! ^= bytes[at + from]!;
      at += chunk.length;
      controller.enqueue(chunk);
    },
  });
  return new Response(file.stream().pipeThrough(join)).blob();
}

/**
 * The parts of a joined file. Rejects unless they are as the build made them: a memory with damage
 * somewhere could give wrong values, or end sandboxes later. Only the page can tell: browsers offer no
 * hashes in a sandbox.
 */
export async function checkedParts(file: Blob): Promise<Omit<PreparedFiles, "wheels">> {
  const end = HEAD_BYTES + (await wordsOf(file, 0))[0]!;
  const [plan, memory] = [file.slice(HEAD_BYTES, end), file.slice(end)];
  const expected = new Uint8Array(await file.slice(WORDS_BYTES, HEAD_BYTES).arrayBuffer());
  const found = await Promise.all([plan, memory].map(sha256));
  const hashes = new Uint8Array(await new Blob(found).arrayBuffer());
  if (expected.length !== hashes.length || expected.some((byte, at) => byte !== hashes[at])) {
    throw new Error("The memory is damaged.");
  }
  return { plan, memory };
}

async function sha256(part: Blob): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", await part.arrayBuffer());
}

/** Reads everything, and compiles the libraries meanwhile. Rejects when that takes longer than
 *  `LIMIT_MS`. */
export async function readPrepared(files: PreparedFiles): Promise<Prepared> {
  const late = Promise.withResolvers<never>();
  const limit = setTimeout(late.reject, LIMIT_MS, new Error("The memory takes too long to read."));
  try {
    return await Promise.race([readAll(files), late.promise]);
  } finally {
    clearTimeout(limit);
  }
}

async function readAll({ plan, memory, wheels }: PreparedFiles): Promise<Prepared> {
  const [buffer, [read, files, compiled]] = await Promise.all([
    memory.arrayBuffer(),
    readLibraries(plan, wheels),
  ]);
  return {
    memory: buffer,
    packages: Object.keys(wheels),
    link: (module) => link(module as Linker, read, compiled),
    files,
  };
}

async function readLibraries(
  text: Blob,
  wheels: PreparedFiles["wheels"],
): Promise<[LinkPlan, Map<string, Uint8Array>, WebAssembly.Module[]]> {
  const reading = Object.values(wheels).map((wheel) => wheel.arrayBuffer());
  const plan = JSON.parse(await text.text()) as LinkPlan;
  const buffers = await Promise.all(reading);
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const buffer of buffers) {
    for (const [name, bytes] of filesOf(buffer)) files.set(plan.site + name, bytes);
  }
  const compiled = plan.libraries.map(({ path }) => WebAssembly.compile(files.get(path)!));
  return [plan, files, await Promise.all(compiled)];
}

/** The files of a wheel, which the build has not packed inside. They share the buffer's bytes. */
function* filesOf(wheel: ArrayBuffer): Generator<[string, Uint8Array<ArrayBuffer>]> {
  const view = new DataView(wheel);
  const decoder = new TextDecoder();
  let end = wheel.byteLength - ZIP_END_BYTES;
  while (view.getUint32(end, true) !== ZIP_END) end -= 1; // throws before the first byte
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left -= 1) {
    const size = view.getUint32(at + 24, true);
    const nameBytes = view.getUint16(at + 28, true);
    const name = decoder.decode(new Uint8Array(wheel, at + 46, nameBytes));
    if (view.getUint16(at + 10, true) !== 0) throw new Error(`${name} is packed in its wheel.`);
    const header = view.getUint32(at + 42, true);
    const start =
      header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
    if (!name.endsWith("/")) yield [name, new Uint8Array(wheel, start, size)];
    at += 46 + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
}

async function wordsOf(file: Blob, at: number): Promise<Uint32Array> {
  return new Uint32Array(await file.slice(at, at + WORDS_BYTES).arrayBuffer());
}
