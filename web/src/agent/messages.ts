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

/** Agent worker → page: Python failed for good. */
export interface AgentDied {
  type: "died";
  reason: string;
}
