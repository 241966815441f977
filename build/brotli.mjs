/** Packs files with Brotli, a .br beside each: `node brotli.mjs FILE…`. Python has no Brotli. */
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";

// Level 9 takes seconds for the wasm file, level 11 half a minute for 4 % less.
const params = {
  [constants.BROTLI_PARAM_QUALITY]: 9,
  [constants.BROTLI_PARAM_LGWIN]: 24,
};
for (const path of process.argv.slice(2)) {
  await writeFile(`${path}.br`, await promisify(brotliCompress)(await readFile(path), { params }));
}
