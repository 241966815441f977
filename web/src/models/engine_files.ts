/** The files of the site that the engine of a local model consists of, for the offline copy. */
import type { LocalModelSource } from "../api/session";

/** Returns the paths of the files that this browser loads for the model, relative to the page. */
export async function engineFiles({ engine }: LocalModelSource): Promise<string[]> {
  switch (engine) {
    case "wllama":
      return "Suspending" in WebAssembly
        ? ["wllama/wllama.wasm"]
        : ["wllama/compat.js", "wllama/compat.wasm"];
    case "transformers": {
      const gpu = await navigator.gpu?.requestAdapter().catch(() => null);
      const name = `onnx/ort-wasm-simd-threaded${gpu ? ".asyncify" : ""}`;
      return ["assets/transformers.worker.js", `${name}.mjs`, `${name}.wasm`];
    }
    case "builtin":
      return [];
  }
}
