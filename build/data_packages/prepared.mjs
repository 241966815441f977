/**
 * Makes the prepared memory, for snapshot.mjs: data packages imported on top of the site's snapshot,
 * with a plan of the shared libraries that belong to it.
 *
 * A snapshot is the memory alone. The functions of shared libraries lie in a table of WebAssembly
 * outside of it, and the memory holds their places as numbers. The plan says what stood in each
 * place, and where in the memory each library has its data, so that web/src/runtime/libraries.ts can
 * build the same table again.
 */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { lengthened } from "../../web/src/runtime/repeats.ts";

const SITE = "/lib/python3.14/site-packages/";

/** Watches the linker from the moment when a module of Pyodide was made. */
export class Libraries {
  constructor(module) {
    this.module = module;
    this.start = module.wasmTable.length;
    this.loaded = [];
    module.onLibrary = (path, memory, { tableSize, neededDynlibs }) => {
      if (neededDynlibs.length) throw new Error(`${path} needs other libraries.`);
      this.loaded.push({ path, memory, table: module.wasmTable.length, size: tableSize });
    };
  }

  /** What web/src/runtime/libraries.ts needs; its `LinkPlan` says more. */
  plan() {
    const { LDSO, GOT, wasmTable, freeTableIndexes } = this.module;
    const handles = Object.entries(LDSO.loadedLibsByHandle).filter(([handle]) => handle !== "0");
    const libraries = this.loaded.map(({ path, memory, table }) => {
      const ours = handles.filter(([, { name }]) => name === path);
      if (ours.length !== 1) throw new Error(`${path} was opened ${ours.length} times.`);
      return { path, memory, table, handle: Number(ours[0][0]) };
    });
    return {
      table: [this.start, wasmTable.length],
      libraries,
      functions: this.functionsBetween(),
      free: freeTableIndexes,
      symbols: Object.fromEntries(Object.entries(GOT).map(([name, { value }]) => [name, value])),
    };
  }

  /** The places that the linker has filled outside of those of a library's own, each with the number
   *  of a library and the name of its function. */
  functionsBetween() {
    const { LDSO, wasmTable, freeTableIndexes } = this.module;
    const names = new Map();
    this.loaded.forEach(({ path }, library) => {
      for (const [name, made] of Object.entries(LDSO.loadedLibsByName[path].exports)) {
        if (typeof made === "function" && !names.has(made)) names.set(made, [library, name]);
      }
    });
    const own = new Set(
      this.loaded.flatMap(({ table, size }) => Array.from({ length: size }, (_, at) => table + at)),
    );
    const found = [];
    for (let at = this.start; at < wasmTable.length; at++) {
      const made = own.has(at) || freeTableIndexes.includes(at) ? null : wasmTable.get(at);
      if (made === null) continue;
      if (!names.has(made)) throw new Error(`What lies in place ${at} is not known.`);
      found.push([at, ...names.get(made)]);
    }
    return found;
  }
}

/**
 * Imports `modules` of `wheels` and writes the file: the length of the plan as a word, an empty word,
 * the SHA-256 of the plan and that of the memory; the plan as JSON; and the memory as a snapshot from
 * which that of the site is taken off. `base` is the site's snapshot, shortened by the files
 * `shortenedBy`.
 */
export async function prepare({ pyodide, libraries, importAll, snapshot, ...options }) {
  const { base, shortenedBy, wheels, modules, target } = options;
  for (const wheel of wheels) {
    for (const [name, bytes] of stored(await readFile(wheel))) {
      const path = SITE + name;
      pyodide.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
      pyodide.FS.writeFile(path, bytes, { canOwn: true });
    }
  }
  pyodide.runPython("import importlib; importlib.invalidate_caches(); del importlib");
  importAll(modules);
  const made = withoutEnd(snapshot());
  const text = Buffer.from(JSON.stringify({ site: SITE, ...libraries.plan() }));
  const plan = Buffer.alloc(Math.ceil(text.length / 8) * 8, " ");
  text.copy(plan);
  const head = new Uint8Array(Uint32Array.of(plan.length, 0).buffer);
  const hashes = [plan, made].map((part) => createHash("sha256").update(part).digest());
  const words = memoryOf(made.buffer);
  const whole = new Uint8Array(await siteSnapshot(base, shortenedBy)).buffer;
  memoryOf(whole).forEach((word, at) => (words[at] ^= word));
  await writeFile(target, Buffer.concat([head, ...hashes, plan, made]));
}

/** The snapshot as the page has it, see build/repeats.mjs. */
async function siteSnapshot(base, shortenedBy) {
  const others = await Promise.all(shortenedBy.map((path) => readFile(path)));
  return lengthened(await readFile(base), Buffer.concat(others));
}

function memoryOf(buffer) {
  return new Uint32Array(buffer, new Uint32Array(buffer, 0, 2)[1]);
}

/** A copy without the zeros at the end, in whole pages of WebAssembly. */
function withoutEnd(snapshot) {
  const start = new Uint32Array(snapshot.buffer, 0, 2)[1];
  const words = memoryOf(snapshot.buffer);
  let end = words.length;
  while (words[end - 1] === 0) end -= 1;
  const pages = Math.ceil((end * 4) / 65536);
  return snapshot.slice(0, start + pages * 65536);
}

/** The files of a wheel that is not packed inside. */
function* stored(wheel) {
  const view = new DataView(wheel.buffer, wheel.byteOffset, wheel.length);
  let end = wheel.length - 22;
  while (view.getUint32(end, true) !== 0x06054b50) end -= 1;
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    const size = view.getUint32(at + 24, true);
    const nameLength = view.getUint16(at + 28, true);
    const name = wheel.toString("utf8", at + 46, at + 46 + nameLength);
    if (view.getUint16(at + 10, true) !== 0) throw new Error(`${name} is packed in its wheel.`);
    const header = view.getUint32(at + 42, true);
    const lengths = view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
    if (!name.endsWith("/")) {
      const start = header + 30 + lengths;
      yield [name, new Uint8Array(wheel.subarray(start, start + size))];
    }
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
}
