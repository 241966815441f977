/** A model in llama.cpp, compiled to WebAssembly (wllama), in its own worker. `local.ts` calls
 *  this. */
import type { ChatCompletionChunk, ChatCompletionParams, Wllama } from "@wllama/wllama";

import { SessionError } from "../api/error";
import { noUsage } from "../api/not_run";
import type { Progress, LocalModelSource } from "../api/session";
import type { Json, TokenUsage } from "../protocol";
import { ownScript } from "../trusted";
import { abortable } from "./abortable";
import { runsNewestWllama } from "./engine_files";
import { checkMemory, explainFailure } from "./fit";
import {
  type GenerateRequest,
  type Generated,
  type LocalModel,
  type LocalModelOptions,
  defaultThreads,
  MAX_REPLY_TOKENS,
  type Messages,
  type Read,
} from "./local_model";
import { openWeights } from "./weights";

/**
 * The number of tokens to read between two checks of the abort signal. A small number lets it stop
 * quickly. 32 read 6 % faster than 8, and 64 no faster than 32.
 */
const BATCH_TOKENS = 16;

/**
 * How attention is computed and what it keeps. Its float16 has no kernels in WebAssembly: float32
 * without flash attention reads a fifth faster and writes twice as fast after 600 tokens, for 100 MB
 * more with the 1.5B.
 */
const ATTENTION = { flash_attn: false, cache_type_k: "f32", cache_type_v: "f32" } as const;

export class WllamaModel implements LocalModel {
  readonly followsSchema = true;
  readonly keepsPrompts = true;
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

  /** See `loadLocalModel`. */
  static async load(
    source: LocalModelSource,
    options: LocalModelOptions = {},
  ): Promise<WllamaModel> {
    const { signal, onProgress } = options;
    signal?.throwIfAborted();
    checkMemory(source);
    const baseUrl = options.baseUrl ?? new URL(document.baseURI);
    const worker = () =>
      new Worker(ownScript(new URL("assets/download.worker.js", baseUrl)), { type: "module" });
    const weights = await openWeights(source, worker, { signal, onProgress });
    checkMemory({ ...source, bytes: weights.size });
    const label = `Starting ${source.name}`;
    onProgress?.({ stage: "model", label, loaded: weights.size, total: weights.size });
    const model = new WllamaModel(source, weights, { ...options, baseUrl });
    try {
      await abortable(model.#engine, signal);
    } catch (error) {
      model.dispose();
      throw error;
    }
    return model;
  }

  get contextTokens(): number {
    return this.source.contextTokens;
  }

  /**
   * Asks with the model's own chat template. The conversation stays in the model, so the next
   * request only reads what is new. So do other prompts, which llama.cpp's server keeps aside when
   * a request has little in common with the last one.
   */
  async generate(
    request: GenerateRequest,
    onDelta: (text: string) => void,
    signal?: AbortSignal,
    onRead?: (read: Read) => void,
  ): Promise<Generated> {
    let read: Read | null = null;
    let finishReason: Generated["finishReason"] = "stop";
    let tokenUsage = noUsage;
    await this.#complete(
      {
        messages: chatOf(request.messages),
        stop: request.stop ?? [],
        max_tokens: request.max_tokens ?? MAX_REPLY_TOKENS,
        temperature: request.temperature ?? 0,
        ...(request.schema ? { response_format: formatOf(request.schema) } : {}),
      },
      (chunk) => {
        const choice = chunk.choices[0];
        read = readOf(chunk) ?? read;
        if (choice?.delta.content) {
          if (read) onRead?.(read);
          read = null;
          onDelta(choice.delta.content);
        }
        if (choice?.finish_reason === "length") finishReason = "length";
        tokenUsage = usageOf(chunk) ?? tokenUsage;
      },
      "Reading the task",
      signal,
    );
    return { finishReason, tokenUsage };
  }

  async warm(messages: Messages, signal?: AbortSignal): Promise<void> {
    const params = { messages: chatOf(messages), max_tokens: 0 };
    await this.#complete(params, () => undefined, "Warming up", signal);
  }

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

  /** Starts a new WebAssembly instance when `error` was a trap, which ends the old one. */
  #restartAfter(error: unknown): void {
    if (!(error instanceof Error) || error.name !== "RuntimeError") return;
    void this.#engine.then((engine) => engine.exit()).catch(() => undefined);
    this.#engine = this.#start();
    this.#engine.catch(() => undefined); // the next request reports it
  }

  async #start(): Promise<Wllama> {
    // Loaded only when a person chooses a local model.
    const { Wllama } = await import("@wllama/wllama");
    const file = (name: string) => new URL(`wllama/${name}`, this.options.baseUrl).href;
    const engine = new Wllama(
      { default: file("wllama.wasm") },
      { suppressNativeLog: true, logger: SILENT },
    );
    const compat = { wasmPath: file("compat.wasm"), jsPath: file("compat.js"), compat: true };
    // wllama does not ask for relaxed SIMD, which our kernels in its own build use.
    if (!runsNewestWllama()) engine.getWorkerResources = () => compat;
    const threads = this.options.threads ?? defaultThreads();
    try {
      await engine.loadModel([this.weights], {
        n_ctx: this.source.contextTokens,
        n_batch: BATCH_TOKENS,
        n_ubatch: BATCH_TOKENS,
        n_parallel: 1,
        ...ATTENTION,
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

function formatOf(schema: { [key: string]: Json }): ChatCompletionParams["response_format"] {
  return { type: "json_schema", json_schema: { name: "reply", schema, strict: true } };
}

function readOf({ prompt_progress }: ChatCompletionChunk): Read | null {
  if (!prompt_progress) return null;
  return { input_tokens: prompt_progress.total, cached_tokens: prompt_progress.cache };
}

function usageOf(chunk: ChatCompletionChunk): TokenUsage | null {
  if (!chunk.usage) return null;
  return {
    ...noUsage,
    input_tokens: chunk.usage.prompt_tokens,
    output_tokens: chunk.usage.completion_tokens,
    cached_tokens: chunk.usage.prompt_tokens_details?.cached_tokens ?? 0,
    cache_write_tokens: 0,
  };
}
