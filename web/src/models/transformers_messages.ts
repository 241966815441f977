/** The messages between the page and `transformers.worker.ts`. */
import type { Messages } from "./local_model";

export type TransformersRequest =
  | { type: "load"; model: string; filesUrl: string; threads: number }
  | { type: "generate"; id: number; messages: Messages; maxTokens: number; temperature: number }
  /** Ends the current generation. */
  | { type: "stop" };

export type TransformersReply =
  | { type: "progress"; loaded: number; total: number }
  | { type: "loaded"; contextTokens: number }
  | { type: "delta"; id: number; text: string }
  | { type: "done"; id: number; inputTokens: number; outputTokens: number; cutOff: boolean }
  /** `id` is 0 for a failure to load. */
  | { type: "failed"; id: number; message: string };
