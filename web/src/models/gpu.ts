/** The graphics processor, for models that run on one. */

/**
 * Returns the adapter of a real graphics processor; null when there is none, the browser refuses it,
 * or it only imitates one in software, on the processor that WebAssembly uses directly.
 */
export async function hardwareAdapter(): Promise<GPUAdapter | null> {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  return adapter && !adapter.info.isFallbackAdapter ? adapter : null;
}
