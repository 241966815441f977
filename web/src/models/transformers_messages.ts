/** What the page and `transformers.worker.ts` say to each other. */
import type { Messages } from "./local_model";

export type TransformersRequest =
  | { type: "load"; model: string; filesUrl: string; threads: number }
  | { type: "generate"; id: number; messages: Messages; maxTokens: number; temperature: number }
  /** Ends the generation that is going on. */
  | { type: "stop" };

export type TransformersReply =
  | { type: "progress"; loaded: number; total: number }
  | { type: "loaded"; contextTokens: number }
  | { type: "delta"; id: number; text: string }
  | { type: "done"; id: number; inputTokens: number; outputTokens: number; cutOff: boolean }
  /** `id` is 0 for a failure to load. */
  | { type: "failed"; id: number; message: string };
