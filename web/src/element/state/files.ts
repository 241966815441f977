/** Checks and describes the files that a person attaches. */
import { numbered, shortName } from "../../agent/run_files";
import { MAX_FILE_BYTES, type FileInfo } from "../../protocol";
import { bytes } from "../../render/format";

export interface Accepted {
  files: File[];
  /** One sentence for each file that cannot be used. */
  faults: string[];
  /** One sentence for each file that has got a shorter name. */
  renamed: string[];
}

/** The number of characters of a name that a sentence shows. */
const NAME_CHARS = 40;

/** Sorts out files that cannot be used: too large, or unreadable (a folder, a file that is
 *  gone). */
export async function accept(files: Iterable<File>): Promise<Accepted> {
  const accepted: Accepted = { files: [], faults: [], renamed: [] };
  for (const file of files) {
    const fault = await faultOf(file);
    if (fault) accepted.faults.push(fault);
    else accepted.files.push(file);
  }
  accepted.files = accepted.files.map((file) => {
    const name = shortName(file.name);
    if (name === file.name) return file;
    accepted.renamed.push(`The name of ${said(file)} was too long and has been shortened.`);
    return named(file, name);
  });
  return accepted;
}

/** Returns the files with names that none of `others` has, and no two of them. */
export function withFreeNames(files: Iterable<File>, others: readonly File[]): File[] {
  const taken = new Set(others.map(({ name }) => name));
  return [...files].map((file) => {
    let { name } = file;
    for (let count = 2; taken.has(name); count += 1) name = numbered(file.name, count);
    taken.add(name);
    return name === file.name ? file : named(file, name);
  });
}

function named(file: File, name: string): File {
  return new File([file], name, { type: file.type, lastModified: file.lastModified });
}

/** Returns the name of a file for a sentence: the start and the end of a long one. */
function said({ name }: File): string {
  const half = NAME_CHARS / 2;
  return name.length > NAME_CHARS ? `${name.slice(0, half)}…${name.slice(-half)}` : name;
}

export function fileInfo(file: File): FileInfo {
  return { path: file.name, size_bytes: file.size, media_type: file.type };
}

async function faultOf(file: File): Promise<string> {
  if (file.size > MAX_FILE_BYTES) {
    const most = bytes(MAX_FILE_BYTES);
    return `${said(file)} has ${bytes(file.size)}, but a file may have at most ${most}.`;
  }
  try {
    await file.slice(0, 1).arrayBuffer();
    return "";
  } catch {
    return `${said(file)} cannot be read. Folders cannot be used; put them into a zip file.`;
  }
}
