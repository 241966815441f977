/**
 * Models that run inside the page, by any engine: llama.cpp (`wllama.ts`), transformers.js
 * (`transformers.ts`), or the browser's own (`builtin.ts`). The session calls this. Nothing here
 * draws, and the page stays responsive while a model works.
 */
import type { LocalModelSource } from "../api/session";
import { BuiltinModel } from "./builtin";
import type { LocalModel, LocalModelOptions } from "./local_model";
import { TransformersModel } from "./transformers";
import { WllamaModel } from "./wllama";

export { builtinSource } from "./builtin";
export { listLocalModels, sourceFromFile, sourceFromText, sourceFromUrl } from "./catalog";
export type { LocalModel } from "./local_model";
export { engineFiles } from "./engine_files";
export { keptWeights, removeWeights, type KeptWeights } from "./weights";

/**
 * Downloads a model, unless this browser has it, and starts it.
 *
 * `onProgress` is told about the download (`stage: "model"`) and, as long as the model lives, about
 * prompts that it reads (`stage: "warmup"`). Rejects with `SessionError` when the model does not
 * fit, cannot be reached, or is not the expected file; with the signal's reason when aborted.
 */
export function loadLocalModel(
  source: LocalModelSource,
  options: LocalModelOptions = {},
): Promise<LocalModel> {
  switch (source.engine) {
    case "wllama":
      return WllamaModel.load(source, options);
    case "transformers":
      return TransformersModel.load(source, options);
    case "builtin":
      return BuiltinModel.load(source, options);
  }
}
