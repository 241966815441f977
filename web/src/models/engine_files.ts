/** The files of the site that the engine of a local model consists of, for the offline copy. */
import type { LocalModelSource } from "../api/session";
import { hardwareAdapter } from "./gpu";

/** A module with 64-bit addresses and one instruction of relaxed SIMD. */
const NEW_FEATURES = Uint8Array.of(
  ...[
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 5, 3, 1, 4, 1, 10, 19, 1, 17,
    0,
  ],
  ...[65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15, 253, 147, 2, 11],
);

/** Whether this browser runs wllama's own build. The others run its build for older browsers. */
export function runsNewestWllama(): boolean {
  return "Suspending" in WebAssembly && WebAssembly.validate(NEW_FEATURES);
}

/** Returns the paths of the files that this browser loads for the model, relative to the page. */
export async function engineFiles({ engine }: LocalModelSource): Promise<string[]> {
  switch (engine) {
    case "wllama":
      return runsNewestWllama()
        ? ["wllama/wllama.wasm"]
        : ["wllama/compat.js", "wllama/compat.wasm"];
    case "transformers": {
      const gpu = await hardwareAdapter();
      const name = `onnx/ort-wasm-simd-threaded${gpu ? ".asyncify" : ""}`;
      return ["assets/transformers.worker.js", `${name}.mjs`, `${name}.wasm`];
    }
    case "builtin":
      return [];
  }
}
