/** What the process's first thread and its worker tell each other, apart from the stream. */
import type { Shared } from "./stream";

/** The files of the first frame, by name. */
export interface Files {
  [name: string]: ArrayBuffer;
}

export interface Start {
  shared: Shared;
  buildId: string;
  files: Files;
}

/** What the worker tells when it has ended: why. */
export type Ended = string;
