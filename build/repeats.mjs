/**
 * Shortens a file by what repeats in it, and by what other files have too that a page gets anyway:
 * `node repeats.mjs FILE OTHER…` writes FILE anew. gzip does the rest, but looks back only 32 kB.
 * web/src/runtime/repeats.ts undoes it. The packed snapshot is smaller by an eighth, on every host.
 *
 * The file becomes: its length and the length of the list of copies, as 32-bit numbers; the list; and
 * the bytes that no copy brings. A copy is three numbers of seven bits a byte: how many bytes of the
 * rest come first, how many are copied, and from how far back.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** Shorter copies cost as much as they save; nearer ones are gzip's own. */
const SHORTEST = 32;
const NEAREST = 30_000;
const SLOT_BITS = 22;

export function shortened(file, others = []) {
  const start = others.reduce((sum, { length }) => sum + length, 0);
  const data = Buffer.concat([...others, file]);
  const copies = [];
  const rest = [];
  const slots = new Int32Array(1 << SLOT_BITS).fill(-1);
  for (let at = 0; at < start && at + SHORTEST <= data.length; at++) slots[slotOf(data, at)] = at;
  let done = start;
  for (let at = start; at + SHORTEST <= data.length;) {
    const slot = slotOf(data, at);
    const from = slots[slot];
    slots[slot] = at;
    const length = from >= 0 && at - from > NEAREST ? same(data, from, at) : 0;
    if (length < SHORTEST) {
      at++;
      continue;
    }
    const end = at + length;
    const first = at - sameBefore(data, from, at, done);
    number(copies, first - done);
    number(copies, end - first);
    number(copies, at - from);
    rest.push(data.subarray(done, first));
    for (at++; at < end && at + SHORTEST <= data.length; at++) slots[slotOf(data, at)] = at;
    at = done = end;
  }
  rest.push(data.subarray(done));
  const head = Buffer.alloc(8);
  head.writeUInt32LE(file.length, 0);
  head.writeUInt32LE(copies.length, 4);
  return Buffer.concat([head, Buffer.from(copies), ...rest]);
}

function slotOf(data, at) {
  let hash = Math.imul(data.readUInt32LE(at), 0x9e3779b1);
  hash ^= Math.imul(data.readUInt32LE(at + 8), 0x85ebca6b);
  hash ^= Math.imul(data.readUInt32LE(at + SHORTEST - 4), 0xc2b2ae35);
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> (32 - SLOT_BITS);
}

/** How many bytes are the same. Half of those between at most, so that no copy reads what it writes. */
function same(data, from, at) {
  const most = Math.min((at - from) >> 1, data.length - at);
  let length = 0;
  while (length < most && data[from + length] === data[at + length]) length++;
  return length;
}

function sameBefore(data, from, at, done) {
  let length = 0;
  const most = Math.min((at - from) >> 1, at - done, from);
  while (length < most && data[from - length - 1] === data[at - length - 1]) {
    length++;
  }
  return length;
}

function number(bytes, value) {
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  bytes.push(value);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path, ...others] = process.argv.slice(2);
  const read = await Promise.all(others.map((other) => readFile(other)));
  await writeFile(path, shortened(await readFile(path), read));
}
