/**
 * The transformers.js worker: one model, one reply at a time. The files of the engine come from
 * this site. Only the model that the person named is fetched from the Hub, and the browser keeps
 * it.
 */
import {
  AutoModelForCausalLM,
  AutoTokenizer,
  env,
  InterruptableStoppingCriteria,
  type PreTrainedModel,
  type PreTrainedTokenizer,
  type Tensor,
  TextStreamer,
} from "@huggingface/transformers";

import { messageOf, SessionError } from "../api/error";
import { Throttle } from "../runtime/throttle";
import type { DownloadProgress } from "./download";
import { hardwareAdapter } from "./gpu";
import { OnnxFiles } from "./onnx_files";
import type { TransformersReply, TransformersRequest } from "./transformers_messages";

declare const self: DedicatedWorkerGlobalScope;

type Load = Extract<TransformersRequest, { type: "load" }>;
type Generate = Extract<TransformersRequest, { type: "generate" }>;

interface Loaded {
  model: PreTrainedModel;
  tokenizer: PreTrainedTokenizer;
}

/** The longest conversation for a model that does not state its limit. */
const CONTEXT_TOKENS = 2048;

let loading: Promise<Loaded>;
const stopping = new InterruptableStoppingCriteria();

function tell(reply: TransformersReply): void {
  self.postMessage(reply);
}

async function load({ model: name, filesUrl, threads }: Load): Promise<Loaded> {
  env.allowLocalModels = false;
  env.allowRemoteModels = true;
  env.useWasmCache = false; // the browser's own cache is as good
  const told = new Throttle<DownloadProgress>((progress) =>
    tell({ type: "progress", ...progress }),
  );
  const files = new OnnxFiles(name, (progress) => told.give(progress));
  Object.assign(env, { fetch: files.fetch, customCache: files.cache, useCustomCache: true });
  const gpu = await hardwareAdapter();
  const engine = `${filesUrl}ort-wasm-simd-threaded${gpu ? ".asyncify" : ""}`;
  const wasmPaths = { wasm: `${engine}.wasm`, mjs: `${engine}.mjs` };
  Object.assign(env.backends.onnx.wasm!, { wasmPaths, numThreads: threads });
  const tokenizer = await AutoTokenizer.from_pretrained(name);
  const model = await loadSmallest(name, gpu).finally(() => told.stop());
  letMessagesIn(model);
  const config = model.config as { max_position_embeddings?: number };
  tell({ type: "loaded", contextTokens: config.max_position_embeddings ?? CONTEXT_TOKENS });
  return { model, tokenizer };
}

/** Loads the first of the model's files whose weights have a format that suits this device. */
async function loadSmallest(name: string, gpu: GPUAdapter | null): Promise<PreTrainedModel> {
  const device = gpu ? "webgpu" : "wasm";
  const onGpu = gpu?.features.has("shader-f16")
    ? (["q4f16", "q4", "q8"] as const)
    : (["q4", "q8"] as const);
  let failure: unknown;
  for (const dtype of gpu ? onGpu : (["q8", "q4"] as const)) {
    try {
      return await AutoModelForCausalLM.from_pretrained(name, { device, dtype });
    } catch (error) {
      failure = error;
      if (!String(error).includes("Could not locate file")) break;
    }
  }
  throw failure;
}

/** Lets the worker look for messages between two tokens; else it would see `stop` only at the
 *  end. */
function letMessagesIn(model: PreTrainedModel): void {
  const forward = model.forward.bind(model);
  model.forward = async (inputs) => {
    await new Promise((resolve) => setTimeout(resolve));
    return forward(inputs);
  };
}

async function generate(request: Generate): Promise<void> {
  const { id, maxTokens, temperature } = request;
  const { model, tokenizer } = await loading;
  const messages = request.messages.map(({ role, content }) => ({
    role: String(role),
    content: String(content),
  }));
  const options = { add_generation_prompt: true, return_dict: true } as const;
  const inputs = tokenizer.apply_chat_template(messages, options) as { input_ids: Tensor };
  const inputTokens = inputs.input_ids.dims.at(-1)!;
  let outputTokens = 0;
  stopping.reset();
  await model.generate({
    ...inputs,
    max_new_tokens: maxTokens,
    do_sample: temperature > 0,
    ...(temperature > 0 ? { temperature } : {}),
    stopping_criteria: stopping,
    streamer: new TextStreamer(tokenizer, {
      skip_prompt: true,
      skip_special_tokens: true,
      callback_function: (text: string) => tell({ type: "delta", id, text }),
      token_callback_function: (tokens: bigint[]) => (outputTokens += tokens.length),
    }),
  } as Parameters<PreTrainedModel["generate"]>[0]);
  tell({ type: "done", id, inputTokens, outputTokens, cutOff: outputTokens >= maxTokens });
}

function failed(id: number, error: unknown): void {
  const { kind = "", advice = "" } = error instanceof SessionError ? error : {};
  tell({ type: "failed", id, kind, message: messageOf(error), advice });
}

self.onmessage = ({ data }: MessageEvent<TransformersRequest>) => {
  switch (data.type) {
    case "load":
      loading = load(data);
      loading.catch((error: unknown) => failed(0, error));
      break;
    case "generate":
      generate(data).catch((error: unknown) => failed(data.id, error));
      break;
    case "stop":
      stopping.interrupt();
  }
};
