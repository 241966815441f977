/** What each kind of local model offers, and what it is asked. */
import type { PageModelRequest, TokenUsage } from "../protocol";
import type { LocalModelSource } from "../api/session";
import type { LoadOptions } from "./weights";

export type GenerateRequest = Pick<PageModelRequest, "messages"> &
  Partial<Pick<PageModelRequest, "stop" | "max_tokens" | "temperature" | "schema">>;

export type Messages = GenerateRequest["messages"];

/** A model that loops must end: at 5 tokens a second this is under two minutes. */
export const MAX_REPLY_TOKENS = 512;

export interface Generated {
  finishReason: "stop" | "length";
  tokenUsage: TokenUsage;
}

export interface LocalModelOptions extends LoadOptions {
  /** Where the engines' files and `assets/` lie; the page's own folder by default. */
  baseUrl?: URL;
  /** Threads that compute. By default half the cores where the page is isolated, else one. */
  threads?: number;
}

export interface LocalModel {
  readonly source: LocalModelSource;
  /** How much of a conversation it reads. */
  readonly contextTokens: number;
  /** Whether a reply follows the request's `schema`. */
  readonly followsSchema: boolean;

  /**
   * Reply to a conversation; `onDelta` hears the text as it is written. Requests wait for one
   * another. Rejects with `SessionError`; with the signal's reason, at once, when aborted.
   */
  generate(
    request: GenerateRequest,
    onDelta: (text: string) => void,
    signal?: AbortSignal,
  ): Promise<Generated>;

  /** Read the fixed start of a conversation ahead of the task, where that saves time later. */
  warm(messages: Messages, signal?: AbortSignal): Promise<void>;

  /** End it and free its memory. Running requests reject. */
  dispose(): void;
}

/** Half of what the browser reports: the rest are hyperthreads, the page and the sandbox. */
export function defaultThreads(): number {
  if (!crossOriginIsolated) return 1;
  return Math.max(1, Math.min(8, Math.floor(navigator.hardwareConcurrency / 2)));
}
