/**
 * Compiles the site's wheels and writes its lock file: `node packages.mjs OPTIONS`.
 *
 * OPTIONS is a JSON object: `pyodide` (folder of the npm package), `tools` (paths of the wheels
 * that packages.py imports) and `folder` (where the wheels and Pyodide's own lock file lie, and
 * where the new files replace them). `task` names another function of packages.py than `main`.
 * packages.py does the work, inside Pyodide: Python writes bytecode for its own version only.
 */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";

const { pyodide: npmFolder, tools, folder, task = "main" } = JSON.parse(process.argv[2]);
const { loadPyodide } = await import(pathToFileURL(`${npmFolder}/pyodide.mjs`));

const pyodide = await loadPyodide({
  enableRunUntilComplete: false,
  env: {
    HOME: "/home/pyodide",
    // The date in the archives. It also makes Python stamp bytecode with a hash of the source
    // instead of the time, so that each build makes the same bytes.
    SOURCE_DATE_EPOCH: "1767225600",
    // Bytecode without columns, which only mark a place in source lines, and those are left out.
    // The wheels are a fifth smaller, and the snapshot by 0.2 MB.
    PYTHONNODEBUGRANGES: "1",
  },
});
pyodide.FS.mkdirTree("/tools");
pyodide.FS.mkdirTree("/site");
pyodide.mountNodeFS("/site", folder);
const { path } = pyodide.pyimport("sys");
const script = new URL("packages.py", import.meta.url);
pyodide.FS.writeFile("/tools/packages.py", await readFile(script));
path.append("/tools");
for (const tool of tools) {
  const copy = `/tools/${basename(tool)}`;
  pyodide.FS.writeFile(copy, await readFile(tool));
  path.append(copy);
}
try {
  pyodide.pyimport("packages")[task]("/site");
} catch (error) {
  // Uncaught, node would print the line it came from: a megabyte of pyodide.asm.mjs.
  console.error(`The wheels could not be compiled. ${error.message}`);
  process.exit(1);
}
