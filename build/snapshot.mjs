/**
 * Makes the memory snapshot that both runtimes start from: Pyodide with pyagent's modules imported.
 *
 *   node --experimental-wasm-jspi snapshot.mjs OPTIONS
 *
 * OPTIONS is a JSON object: `pyodide` (folder of the npm package), `script` (the site's
 * pyodide.asm.mjs), `library`, `lock`, `wheels` (paths), `modules` (names to import) and `target`.
 * With `prepared`, it makes the memory with data packages instead; prepared.mjs says what that has.
 * The flag matters: a snapshot remembers whether its maker had JSPI, and without it `run_sync` fails
 * from then on. Python must hold no JavaScript object when the memory is copied.
 */
import crypto from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { Libraries, prepare } from "./data_packages/prepared.mjs";

if (!("Suspending" in WebAssembly)) throw new Error("Run node with --experimental-wasm-jspi.");

const options = JSON.parse(process.argv[2]);
const { pyodide: folder, script, library, lock, wheels, modules, target, prepared } = options;

// The memory must hold nothing of the moment and the machine, so that each build of the same files
// makes the same bytes: no time, no chance, no path of this script. boot.ts seeds `random` anew.
process.argv.length = 1;
Date.now = () => 1_767_225_600_000;
performance.now = () => 0;
crypto.randomFillSync = (view) => view.fill(1);

const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const { default: createPyodideModule } = await import(pathToFileURL(script));

// Freed memory still holds what was in it. Zeros written over it make the packed snapshot smaller (by
// 0.6 of 7.8 MB when it was measured); much more of them would make the memory grow.
const BLANK_FREED_MEMORY =
  "[bytearray(1 << k) for k in range(18, 8, -1) for _ in range(1 << 19 - k)] and None";

let initial; // the memory as the wasm file alone makes it
let libraries; // what is linked to it later
const pyodide = await loadPyodide({
  _makeSnapshot: true,
  async createPyodideModule(settings) {
    const { instantiateWasm } = settings;
    settings.instantiateWasm = (imports, receive) =>
      instantiateWasm(imports, (instance, module) => {
        initial = new Uint32Array(instance.exports.memory.buffer.slice(0));
        receive(instance, module);
      });
    const module = await createPyodideModule(settings);
    libraries = new Libraries(module);
    return module;
  },
  enableRunUntilComplete: false,
  stdLibURL: library,
  lockFileContents: await readFile(lock, "utf8"),
});
const sys = pyodide.pyimport("sys");
pyodide.FS.mkdirTree("/wheels"); // the same place as in web/src/runtime/boot.ts
for (const wheel of wheels) {
  const path = `/wheels/${basename(wheel)}`;
  pyodide.FS.writeFile(path, await readFile(wheel));
  sys.path.append(path);
}
sys.destroy();
const columns = await readFile(new URL("inside/columns.py", import.meta.url), "utf8");

/** Imports modules into Python, without their columns if `lean`. */
function importAll(names, lean = false) {
  const globals = pyodide.toPy({}); // nothing of this stays
  if (lean) pyodide.runPython(columns, { globals });
  pyodide.runPython(`${lean ? "with imports_without_columns(): " : ""}import ${names.join(", ")}`, {
    globals,
  });
  globals.destroy();
  pyodide.runPython("import gc; gc.collect()");
  pyodide.runPython(BLANK_FREED_MEMORY);
}

/** Returns the memory. What the wasm file brings anyway becomes zeros, which saved 1.5 of 9.3 MB
 *  when it was measured. boot.ts undoes it. */
function snapshot() {
  const made = pyodide.makeMemorySnapshot();
  const words = new Uint32Array(made.buffer, new Uint32Array(made.buffer, 0, 2)[1]);
  initial.forEach((word, at) => (words[at] ^= word));
  return made;
}

try {
  importAll(modules, true);
  if (prepared) await prepare({ pyodide, libraries, importAll, snapshot, ...prepared });
  else await writeFile(target, snapshot());
} catch (error) {
  // Uncaught, node would print the line it came from: a megabyte of pyodide.asm.mjs.
  console.error(`The snapshot could not be made. ${error.message}`);
  process.exit(1);
}
