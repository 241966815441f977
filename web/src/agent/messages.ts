/** The messages between the page and the agent worker that are not in the protocol. */
import type { RuntimeFiles } from "../runtime/boot";

/** Page → agent worker, once, with the port that carries the protocol. */
export interface AgentStart {
  runtime: RuntimeFiles;
  /** The origin that providers see, so that errors can name it. */
  pageOrigin: string;
  /** Address of the folder with the site's data packages. */
  packages: string;
}

/** How far the site's packages are that code waits for, or soon will. */
export interface PackagesProgress {
  /** Those that are still on their way; none when all are here or cannot be had. */
  names: readonly string[];
  /** Bytes of all together. */
  loaded: number;
  total: number;
}

/** Agent worker → page: packages come from the site. */
export interface PackagesLoading extends PackagesProgress {
  type: "packages";
}

/** Agent worker → page: Python failed for good. */
export interface AgentDied {
  type: "died";
  reason: string;
}
