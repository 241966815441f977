/**
 * Reads a ZIP by the directory at its end, so that what looks like a ZIP within a file of it does no
 * harm. The ZIP is not trusted: what it says of itself is checked, and every count and size has a
 * limit.
 */
import { Inflate, strFromU8 } from "fflate";
import { SessionError } from "../api/error";

/** What a ZIP may hold, unpacked. */
export interface ZipLimits {
  files: number;
  bytes: number;
}

interface Entry {
  name: string;
  compressed: boolean;
  crc: number;
  packedSize: number;
  size: number;
  /** Where its own header begins. */
  header: number;
  /** Where what follows it in the file begins. */
  end: number;
}

type Bytes = Uint8Array<ArrayBuffer>;

const SIGNATURES = { end: 0x06054b50, end64: 0x07064b50, entry: 0x02014b50, file: 0x04034b50 };
const END_BYTES = 22;
const END64_BYTES = 20;
const ENTRY_BYTES = 46;
const HEADER_BYTES = 30;
const MOST_COMMENT_BYTES = 0xffff;
const MOST_DIRECTORY_BYTES = 64 * 1024 * 1024;
/** A number of the ZIP that stands in a longer field of ZIP64. */
const ELSEWHERE = 0xffffffff;
const ENCRYPTED = 1;
const [STORED, DEFLATED] = [0, 8];
/** So much is unpacked at once, and can become a thousand times as much. */
const PUSHED_BYTES = 8 * 1024;

/** The files in a ZIP by name. Rejects with `SessionError`. */
export async function unzipped(zip: Blob, limits: ZipLimits): Promise<Map<string, Bytes>> {
  const entries = await directoryOf(zip, limits);
  const files = new Map<string, Bytes>();
  for (const entry of entries) files.set(entry.name, await contentOf(zip, entry));
  return files;
}

/** What the directory lists, in the order of the file. */
async function directoryOf(zip: Blob, limits: ZipLimits): Promise<Entry[]> {
  const { at, size, count } = await endOf(zip);
  if (size > MOST_DIRECTORY_BYTES) throw tooLarge();
  const directory = await read(zip, at, size);
  const entries: Entry[] = [];
  const names = new Set<string>();
  let bytes = 0;
  for (let from = 0; from < size;) {
    const { entry, next } = entryAt(directory, from);
    entries.push(entry);
    names.add(entry.name);
    bytes += entry.size;
    if (entries.length > limits.files || bytes > limits.bytes) throw tooLarge();
    from = next;
  }
  // Without ZIP64, the count is what its two bytes can say.
  if (entries.length % 0x10000 !== count || names.size < entries.length) throw damaged();
  entries.sort((one, other) => one.header - other.header);
  entries.forEach((entry, index) => (entry.end = entries[index + 1]?.header ?? at));
  return entries;
}

/** Where the directory is. A comment may follow what says so. */
async function endOf(zip: Blob): Promise<{ at: number; size: number; count: number }> {
  const length = Math.min(zip.size, END_BYTES + END64_BYTES + MOST_COMMENT_BYTES);
  const tail = viewOf(await read(zip, zip.size - length, length));
  for (let from = length - END_BYTES; from >= 0; from--) {
    if (tail.getUint32(from, true) !== SIGNATURES.end) continue;
    if (from + END_BYTES + tail.getUint16(from + 20, true) !== length) continue;
    const before = from - END64_BYTES;
    if (before >= 0 && tail.getUint32(before, true) === SIGNATURES.end64) throw zip64();
    const disks = tail.getUint32(from + 4, true);
    const [count, size] = [tail.getUint16(from + 10, true), tail.getUint32(from + 12, true)];
    const at = tail.getUint32(from + 16, true);
    if (disks !== 0 || at + size !== zip.size - length + from) throw damaged();
    return { at, size, count };
  }
  throw damaged();
}

function entryAt(directory: Bytes, from: number): { entry: Entry; next: number } {
  const view = viewOf(directory);
  if (from + ENTRY_BYTES > view.byteLength) throw damaged();
  if (view.getUint32(from, true) !== SIGNATURES.entry) throw damaged();
  const [flags, method] = [view.getUint16(from + 8, true), view.getUint16(from + 10, true)];
  if (flags & ENCRYPTED) throw unreadable("is encrypted");
  if (method !== STORED && method !== DEFLATED) throw unreadable("is compressed in another way");
  const lengths = [28, 30, 32].map((at) => view.getUint16(from + at, true));
  const [nameLength, ...others] = lengths as [number, number, number];
  const next = from + ENTRY_BYTES + nameLength + others[0] + others[1];
  if (next > view.byteLength) throw damaged();
  const [crc, packedSize, size] = [16, 20, 24].map((at) => view.getUint32(from + at, true)) as [
    number,
    number,
    number,
  ];
  const header = view.getUint32(from + 42, true);
  if ([packedSize, size, header].includes(ELSEWHERE)) throw zip64();
  const name = strFromU8(directory.subarray(from + ENTRY_BYTES, from + ENTRY_BYTES + nameLength));
  const compressed = method === DEFLATED;
  return { entry: { name, compressed, crc, packedSize, size, header, end: 0 }, next };
}

async function contentOf(zip: Blob, entry: Entry): Promise<Bytes> {
  const { header, packedSize, size, end } = entry;
  const view = viewOf(await read(zip, header, HEADER_BYTES));
  if (view.getUint32(0, true) !== SIGNATURES.file) throw damaged();
  const from = header + HEADER_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
  if (from + packedSize > end) throw damaged(); // it would overlap what follows
  const packed = await read(zip, from, packedSize);
  const content = entry.compressed ? inflated(packed, size) : packed;
  if (content.length !== size || crcOf(content) !== entry.crc) throw damaged();
  return content;
}

/** Ends as soon as there is more than the directory says. */
function inflated(packed: Bytes, size: number): Bytes {
  const content = new Uint8Array(size);
  let length = 0;
  const inflate = new Inflate((chunk) => {
    if (length + chunk.length > size) throw damaged();
    content.set(chunk, length);
    length += chunk.length;
  });
  try {
    for (let at = 0; at < packed.length; at += PUSHED_BYTES) {
      const to = at + PUSHED_BYTES;
      inflate.push(packed.subarray(at, to), to >= packed.length);
    }
  } catch {
    throw damaged();
  }
  return content.subarray(0, length);
}

async function read(zip: Blob, from: number, length: number): Promise<Bytes> {
  const bytes = new Uint8Array(await zip.slice(from, from + length).arrayBuffer());
  if (bytes.length < length) throw damaged();
  return bytes;
}

const viewOf = ({ buffer, byteOffset, byteLength }: Bytes): DataView =>
  new DataView(buffer, byteOffset, byteLength);

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = (byte >>> 1) ^ (byte & 1 ? 0xedb88320 : 0);
  return byte;
});

function crcOf(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 0xff]!;
  return ~crc >>> 0;
}

/** Why a ZIP is refused that is none, or was changed. */
export function damaged(): SessionError {
  return new SessionError(
    "not_an_archive",
    "The file cannot be read: it holds no conversations of pyagent, or it is damaged.",
    "Choose a file that “Export” has made. Nothing was added.",
  );
}

function zip64(): SessionError {
  return unreadable("is in the format ZIP64");
}

function unreadable(why: string): SessionError {
  return new SessionError(
    "not_an_archive",
    `The file cannot be read: it, or a part of it, ${why}.`,
    "Choose a file as “Export” has made it. Nothing was added.",
  );
}

export function tooLarge(): SessionError {
  return new SessionError(
    "archive_too_large",
    "The file holds more than this page reads at once.",
    "Export fewer conversations into one file. Nothing was added.",
  );
}
