/**
 * A model in transformers.js: ONNX, on WebGPU if there is one, else in WebAssembly. It has its own
 * worker, which is loaded only when such a model is chosen. `local.ts` calls this.
 */
import { errorOf, SessionError } from "../api/error";
import { noUsage } from "../api/not_run";
import type { LocalModelSource } from "../api/session";
import { ownScript } from "../trusted";
import { abortable } from "./abortable";
import { explainFailure } from "./fit";
import {
  defaultThreads,
  type GenerateRequest,
  type Generated,
  type LocalModel,
  type LocalModelOptions,
  MAX_REPLY_TOKENS,
} from "./local_model";
import type { TransformersReply, TransformersRequest } from "./transformers_messages";
import { told } from "./weights";

interface Running {
  id: number;
  onDelta: (text: string) => void;
  end: PromiseWithResolvers<Generated>;
}

export class TransformersModel implements LocalModel {
  readonly followsSchema = false;
  readonly keepsPrompts = false;
  contextTokens: number;
  private readonly loaded = Promise.withResolvers<void>();
  private last: Promise<unknown> = Promise.resolve();
  private readonly closed = new AbortController();
  private running: Running | null = null;
  private readonly told: ReturnType<typeof told>;
  private ids = 0;

  private constructor(
    readonly source: LocalModelSource,
    private readonly worker: Worker,
    onProgress: LocalModelOptions["onProgress"],
  ) {
    this.told = told(source.name, onProgress);
    this.contextTokens = source.contextTokens;
    worker.onmessage = ({ data }: MessageEvent<TransformersReply>) => this.receive(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.fail(new Error(event.message || "its worker could not be loaded"));
    };
  }

  /** See `loadLocalModel`. */
  static async load(
    source: LocalModelSource,
    options: LocalModelOptions,
  ): Promise<TransformersModel> {
    const { signal, onProgress } = options;
    signal?.throwIfAborted();
    const baseUrl = options.baseUrl ?? new URL(document.baseURI);
    const worker = new Worker(ownScript(new URL("assets/transformers.worker.js", baseUrl)), {
      type: "module",
      name: "pyagent-transformers",
    });
    const model = new TransformersModel(source, worker, onProgress);
    const filesUrl = new URL("onnx/", baseUrl).href;
    const threads = options.threads ?? defaultThreads();
    model.post({ type: "load", model: source.url, filesUrl, threads });
    try {
      await abortable(model.loaded.promise, signal);
    } catch (error) {
      model.dispose();
      throw error;
    }
    return model;
  }

  async generate(
    request: GenerateRequest,
    onDelta: (text: string) => void,
    signal?: AbortSignal,
  ): Promise<Generated> {
    const ended = AbortSignal.any([this.closed.signal, ...(signal ? [signal] : [])]);
    const run = this.last.then(() => {
      ended.throwIfAborted();
      const end = Promise.withResolvers<Generated>();
      const id = (this.ids += 1);
      this.running = { id, onDelta: (text) => ended.aborted || onDelta(text), end };
      this.post({
        type: "generate",
        id,
        messages: request.messages,
        maxTokens: request.max_tokens ?? MAX_REPLY_TOKENS,
        temperature: request.temperature ?? 0,
      });
      const stop = () => this.post({ type: "stop" });
      ended.addEventListener("abort", stop, { once: true });
      return end.promise.finally(() => ended.removeEventListener("abort", stop));
    });
    this.last = run.catch(() => undefined);
    try {
      return await abortable(run, ended);
    } catch (error) {
      if (ended.aborted) throw ended.reason;
      throw error;
    }
  }

  /** Does nothing, because transformers.js reads each conversation from its start. */
  async warm(): Promise<void> {}

  dispose(): void {
    const error = new SessionError("closed", "The local model was closed.");
    this.closed.abort(error);
    this.worker.terminate();
    this.running?.end.reject(error);
  }

  private post(request: TransformersRequest): void {
    this.worker.postMessage(request);
  }

  private receive(reply: TransformersReply): void {
    const { running } = this;
    switch (reply.type) {
      case "progress": {
        this.told(reply);
        return;
      }
      case "loaded":
        this.contextTokens = Math.min(reply.contextTokens, this.source.contextTokens);
        this.loaded.resolve();
        return;
      case "failed":
        this.fail(reply.kind ? errorOf(reply) : new Error(reply.message));
        return;
      case "delta":
        if (reply.id === running?.id) running.onDelta(reply.text);
        return;
      case "done":
        if (reply.id === running?.id) running.end.resolve(generated(reply));
    }
  }

  private fail(error: Error): void {
    const known = error instanceof SessionError;
    const explained = known ? error : explainFailure(error, this.source);
    this.loaded.reject(explained);
    this.running?.end.reject(explained);
  }
}

function generated(reply: Extract<TransformersReply, { type: "done" }>): Generated {
  return {
    finishReason: reply.cutOff ? "length" : "stop",
    tokenUsage: {
      ...noUsage,
      input_tokens: reply.inputTokens,
      output_tokens: reply.outputTokens,
    },
  };
}
