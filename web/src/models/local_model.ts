/** The interface of every local model, and the shapes of its requests and replies. */
import type { LocalModelSource } from "../api/session";
import type { PageModelRequest, TokenUsage } from "../protocol";
import type { LoadOptions } from "./weights";

export type GenerateRequest = Pick<PageModelRequest, "messages"> &
  Partial<Pick<PageModelRequest, "stop" | "max_tokens" | "temperature" | "schema">>;

export type Messages = GenerateRequest["messages"];

/** The limit that ends a model in a loop: at 20 tokens a second, after half a minute. */
export const MAX_REPLY_TOKENS = 512;

export interface Generated {
  finishReason: "stop" | "length";
  tokenUsage: TokenUsage;
}

/** What a model has read of a conversation before it writes. */
export type Read = Pick<TokenUsage, "input_tokens" | "cached_tokens">;

export interface LocalModelOptions extends LoadOptions {
  /** The folder of the engines' files and `assets/`; by default, the page's own. */
  baseUrl?: URL;
  /** The number of threads. By default, half the cores if the page is isolated, else one. */
  threads?: number;
}

export interface LocalModel {
  readonly source: LocalModelSource;
  /** The longest conversation that it can read. */
  readonly contextTokens: number;
  /** Whether a reply follows the request's `schema`. */
  readonly followsSchema: boolean;
  /** Whether it keeps several prompts that it has read, and not only the last one. */
  readonly keepsPrompts: boolean;

  /**
   * Replies to a conversation; `onDelta` gets the text as it is written. `onRead` is called before
   * that, by models that count what they read. Requests wait for each other. Rejects with `SessionError`; when aborted, at once with the signal's reason.
   */
  generate(
    request: GenerateRequest,
    onDelta: (text: string) => void,
    signal?: AbortSignal,
    onRead?: (read: Read) => void,
  ): Promise<Generated>;

  /** Reads the fixed start of a conversation before the task, if that saves time later. */
  warm(messages: Messages, signal?: AbortSignal): Promise<void>;

  /** Ends the model and frees its memory. Running requests reject. */
  dispose(): void;
}

/**
 * Returns half the cores that the browser reports; the rest are hyperthreads, or needed for the page,
 * the sandbox and other programs. Threads wait for each other: on two cores, two threads read half
 * again as fast as one while nothing else runs, and stall when one core is busy.
 */
export function defaultThreads(): number {
  if (!crossOriginIsolated) return 1;
  return Math.max(1, Math.min(8, Math.floor(navigator.hardwareConcurrency / 2)));
}
