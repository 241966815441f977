/** Checks and describes the files that a person attaches. */
import { MAX_FILE_BYTES } from "../../agent/run_files";
import type { FileInfo } from "../../protocol";
import { bytes } from "../../render/format";

export interface Accepted {
  files: File[];
  /** One sentence for each file that cannot be used. */
  faults: string[];
}

/** Sorts out files that cannot be used: too large, or unreadable (a folder, a file that is
 *  gone). */
export async function accept(files: Iterable<File>): Promise<Accepted> {
  const accepted: Accepted = { files: [], faults: [] };
  for (const file of files) {
    const fault = await faultOf(file);
    if (fault) accepted.faults.push(fault);
    else accepted.files.push(file);
  }
  return accepted;
}

export function fileInfo(file: File): FileInfo {
  return { path: file.name, size_bytes: file.size, media_type: file.type };
}

async function faultOf(file: File): Promise<string> {
  if (file.size > MAX_FILE_BYTES) {
    const most = bytes(MAX_FILE_BYTES);
    return `${file.name} has ${bytes(file.size)}, but a file may have at most ${most}.`;
  }
  try {
    await file.slice(0, 1).arrayBuffer();
    return "";
  } catch {
    return `${file.name} cannot be read. Folders cannot be used; put them into a zip file.`;
  }
}
