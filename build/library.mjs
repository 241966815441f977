/**
 * Packs the standard library for the page: `node library.mjs OPTIONS`. inside/library.py does the
 * work, inside Pyodide.
 *
 * OPTIONS is a JSON object: `pyodide` (folder of the npm package), `source` and `target` (archives).
 */
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const { pyodide: npmFolder, source, target } = JSON.parse(process.argv[2]);
const { loadPyodide } = await import(pathToFileURL(`${npmFolder}/pyodide.mjs`));

const pyodide = await loadPyodide({ enableRunUntilComplete: false });
pyodide.FS.writeFile("/source.zip", await readFile(source));
pyodide.runPython(await readFile(new URL("inside/library.py", import.meta.url), "utf8"));
try {
  pyodide.globals.get("pack")("/source.zip", "/target.zip");
} catch (error) {
  // Uncaught, node would print the line it came from: a megabyte of pyodide.asm.mjs.
  console.error(`The standard library could not be packed. ${error.message}`);
  process.exit(1);
}
await writeFile(target, pyodide.FS.readFile("/target.zip"));
