import { afterEach, expect, test, vi } from "vitest";

import { engineFiles } from "../../../web/src/models/engine_files";
import { hardwareAdapter } from "../../../web/src/models/gpu";
import { sourceFromText } from "../../../web/src/models/local";

const withGpu = (requestAdapter: () => Promise<unknown>) =>
  vi.stubGlobal("navigator", { gpu: { requestAdapter } });
const adapter = (isFallbackAdapter: boolean) => ({ info: { isFallbackAdapter } });

afterEach(() => vi.unstubAllGlobals());

test("the adapter of a graphics processor is used", async () => {
  const real = adapter(false);
  withGpu(() => Promise.resolve(real));
  expect(await hardwareAdapter()).toBe(real);
});

test.each([
  ["imitated in software", () => Promise.resolve(adapter(true))],
  ["missing", () => Promise.resolve(null)],
  ["refused", () => Promise.reject(new DOMException("lost", "OperationError"))],
])("an adapter that is %s is not used", async (_, requestAdapter) => {
  withGpu(requestAdapter);
  expect(await hardwareAdapter()).toBeNull();
});

test("a browser without WebGPU has no adapter", async () => {
  vi.stubGlobal("navigator", {});
  expect(await hardwareAdapter()).toBeNull();
});

test("the files kept for offline are those of the engine that will run", async () => {
  const source = sourceFromText("owner/name");
  withGpu(() => Promise.resolve(adapter(true)));
  expect(await engineFiles(source)).toContain("onnx/ort-wasm-simd-threaded.wasm");
  withGpu(() => Promise.resolve(adapter(false)));
  expect(await engineFiles(source)).toContain("onnx/ort-wasm-simd-threaded.asyncify.wasm");
});
