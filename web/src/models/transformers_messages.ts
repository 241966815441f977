/** The messages between the page and `transformers.worker.ts`. */
import type { DownloadProgress } from "./download";
import type { Messages } from "./local_model";

export type TransformersRequest =
  | { type: "load"; model: string; filesUrl: string; threads: number }
  | { type: "generate"; id: number; messages: Messages; maxTokens: number; temperature: number }
  /** Ends the current generation. */
  | { type: "stop" };

export type TransformersReply =
  | ({ type: "progress" } & DownloadProgress)
  | { type: "loaded"; contextTokens: number }
  | { type: "delta"; id: number; text: string }
  | { type: "done"; id: number; inputTokens: number; outputTokens: number; cutOff: boolean }
  /** `id` is 0 for a failure to load. `kind` is empty for one that nobody has explained. */
  | { type: "failed"; id: number; kind: string; message: string; advice: string };
