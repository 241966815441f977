/**
 * A language model inside the page: llama.cpp in WebAssembly (wllama), in a worker of its own.
 * The session calls this; nothing here draws, and the page stays free while the model works.
 */
import type { ChatCompletionChunk, ChatCompletionParams, Wllama } from "@wllama/wllama";

import type { PageModelRequest, TokenUsage } from "../protocol";
import { type Progress, SessionError } from "../session_api";
import type { LocalModelSource } from "./catalogue";
import { checkMemory, explainFailure } from "./fit";
import { type LoadOptions, openWeights } from "./weights";

export { listLocalModels, sourceFromFile, sourceFromUrl } from "./catalogue";
export type { LocalModelSource } from "./catalogue";
export { keptModels, removeModel } from "./weights";

export type GenerateRequest = Pick<PageModelRequest, "messages"> &
  Partial<Pick<PageModelRequest, "stop" | "max_tokens" | "temperature">>;

export interface Generated {
  finishReason: "stop" | "length";
  tokenUsage: TokenUsage;
}

export interface LocalModelOptions extends LoadOptions {
  /** Where `wllama/` and `assets/` lie; the page's own folder by default. */
  baseUrl?: URL;
  /** Threads that compute. By default half the cores where the page is isolated, else one. */
  threads?: number;
}

/** A model that loops must end: at 5 tokens a second this is under two minutes. */
const MAX_REPLY_TOKENS = 512;
/**
 * Tokens read between two looks at the abort signal. In WebAssembly reading 16 or 64 at once
 * showed no clear gain over 8, in one run on a busy machine; stopping quickly needs it small.
 */
const BATCH_TOKENS = 8;

type Messages = GenerateRequest["messages"];

export class LocalModel {
  #engine: Promise<Wllama>;
  #last: Promise<unknown> = Promise.resolve();
  #closed = new AbortController();

  private constructor(
    readonly source: LocalModelSource,
    private readonly weights: Blob,
    private readonly options: LocalModelOptions,
  ) {
    this.#engine = this.#start();
  }

  /**
   * Bring the weights into this browser, unless it keeps them, and start the model.
   *
   * `onProgress` hears of the download (`stage: "model"`, bytes) and, for as long as the model
   * lives, of a prompt being read (`stage: "warmup"`, tokens). Rejects with `SessionError` when
   * the model does not fit, cannot be reached, or is not the file it should be; with the
   * signal's reason when aborted.
   */
  static async load(
    source: LocalModelSource,
    options: LocalModelOptions = {},
  ): Promise<LocalModel> {
    const { signal, onProgress } = options;
    signal?.throwIfAborted();
    checkMemory(source);
    const baseUrl = options.baseUrl ?? new URL(document.baseURI);
    const worker = () =>
      new Worker(new URL("assets/download.worker.js", baseUrl), { type: "module" });
    const weights = await openWeights(source, worker, { signal, onProgress });
    checkMemory({ ...source, bytes: weights.size });
    const label = `Starting ${source.name}`;
    onProgress?.({ stage: "model", label, loaded: weights.size, total: weights.size });
    const model = new LocalModel(source, weights, { ...options, baseUrl });
    try {
      await abortable(model.#engine, signal);
    } catch (error) {
      model.dispose();
      throw error;
    }
    return model;
  }

  /**
   * Reply to a conversation with the model's own chat template; `onDelta` hears the text as it
   * is written, without what a stop string ended. Requests wait for one another.
   *
   * Rejects with `SessionError`; with the signal's reason, at once, when aborted. The conversation
   * read so far stays in the model, so the next request only reads what is new.
   */
  async generate(
    request: GenerateRequest,
    onDelta: (text: string) => void,
    signal?: AbortSignal,
  ): Promise<Generated> {
    let finishReason: Generated["finishReason"] = "stop";
    let tokenUsage: TokenUsage = {
      input_tokens: 0,
      output_tokens: 0,
      cached_tokens: 0,
      estimated: false,
    };
    await this.#complete(
      {
        messages: chatOf(request.messages),
        stop: request.stop ?? [],
        max_tokens: request.max_tokens ?? MAX_REPLY_TOKENS,
        temperature: request.temperature ?? 0,
      },
      (chunk) => {
        const choice = chunk.choices[0];
        if (choice?.delta.content) onDelta(choice.delta.content);
        if (choice?.finish_reason === "length") finishReason = "length";
        tokenUsage = usageOf(chunk) ?? tokenUsage;
      },
      "Reading the task",
      signal,
    );
    return { finishReason, tokenUsage };
  }

  /** Read the fixed start of a conversation ahead of the task. */
  async warm(messages: Messages, signal?: AbortSignal): Promise<void> {
    const params = { messages: chatOf(messages), max_tokens: 0 };
    await this.#complete(params, () => undefined, "Warming up", signal);
  }

  /** End the worker and free its memory. Running requests reject. */
  dispose(): void {
    this.#closed.abort(new SessionError("closed", "The local model was closed."));
    void this.#engine.then((engine) => engine.exit()).catch(() => undefined);
  }

  async #complete(
    params: ChatCompletionParams & { stop?: string[] },
    onChunk: (chunk: ChatCompletionChunk) => void,
    label: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const ended = AbortSignal.any([this.#closed.signal, ...(signal ? [signal] : [])]);
    const run = this.#last.then(async () => {
      ended.throwIfAborted();
      const engine = await this.#engine;
      await engine.createChatCompletion({
        ...params,
        ...REQUEST,
        abortSignal: ended,
        onData: (chunk) => {
          if (ended.aborted) return;
          this.#report(chunk, label);
          onChunk(chunk);
        },
      });
    });
    this.#last = run.catch(() => undefined);
    try {
      await abortable(run, ended);
    } catch (error) {
      if (ended.aborted) throw ended.reason;
      this.#restartAfter(error);
      throw explainFailure(error, this.source);
    }
  }

  #report(chunk: ChatCompletionChunk, label: string): void {
    const progress = chunk.prompt_progress;
    if (!progress) return;
    const { processed: loaded, total } = progress;
    this.options.onProgress?.({ stage: "warmup", label, loaded, total } satisfies Progress);
  }

  /** A WebAssembly instance that trapped is lost; the weights are at hand for a new one. */
  #restartAfter(error: unknown): void {
    if (!(error instanceof Error) || error.name !== "RuntimeError") return;
    void this.#engine.then((engine) => engine.exit()).catch(() => undefined);
    this.#engine = this.#start();
    this.#engine.catch(() => undefined); // told by the next request
  }

  async #start(): Promise<Wllama> {
    // Only those who choose a local model pay for its code.
    const { Wllama } = await import("@wllama/wllama");
    const file = (name: string) => new URL(`wllama/${name}`, this.options.baseUrl).href;
    const engine = new Wllama(
      { default: file("wllama.wasm") },
      { suppressNativeLog: true, logger: SILENT },
    );
    engine.setCompat({ wasm: file("compat.wasm"), worker: file("compat.js") });
    const threads = this.options.threads ?? defaultThreads();
    try {
      await engine.loadModel([this.weights], {
        n_ctx: this.source.contextTokens,
        n_batch: BATCH_TOKENS,
        n_ubatch: BATCH_TOKENS,
        n_parallel: 1,
        n_threads: threads,
        n_gpu_layers: 0,
        warmup: false,
      });
    } catch (error) {
      void engine.exit();
      throw explainFailure(error, this.source);
    }
    return engine;
  }
}

const REQUEST = {
  stream: true,
  stream_options: { include_usage: true },
  cache_prompt: true,
  return_progress: true,
} as const;

const SILENT = {
  debug: () => undefined,
  log: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

function chatOf(messages: Messages): ChatCompletionParams["messages"] {
  return messages.map(({ role, content }) => ({
    role: role as "system" | "user" | "assistant",
    content: String(content),
  }));
}

function usageOf(chunk: ChatCompletionChunk): TokenUsage | null {
  if (!chunk.usage) return null;
  return {
    input_tokens: chunk.usage.prompt_tokens,
    output_tokens: chunk.usage.completion_tokens,
    cached_tokens: chunk.usage.prompt_tokens_details?.cached_tokens ?? 0,
    estimated: false,
  };
}

/** Half of what the browser reports: the rest are hyperthreads, the page and the sandbox. */
function defaultThreads(): number {
  if (!crossOriginIsolated) return 1;
  return Math.max(1, Math.min(8, Math.floor(navigator.hardwareConcurrency / 2)));
}

/** The promise, or the signal's reason as soon as it aborts. */
async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
