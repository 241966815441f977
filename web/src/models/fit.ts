/**
 * Checks, before anything is downloaded, whether a model fits into this browser: into its storage,
 * into one WebAssembly memory, and into the memory of the device.
 */
import { SessionError, messageOf } from "../api/error";
import type { LocalModelSource } from "../api/session";

/** The largest memory that the builds of wllama 3.13 ask for, even with 64-bit addresses. */
const WASM_MEMORY_BYTES = 4 * 2 ** 30;
/** Memory for the conversation and for scratch: 4,096 tokens of the 1.5B are 0.24 GB in float32. */
const OVERHEAD_BYTES = 300e6;
const SMALLER = "Choose a smaller model, or an endpoint.";

/** Throws `SessionError` when this browser cannot run the model at all. */
export function checkMemory(source: LocalModelSource): void {
  if (typeof WebAssembly === "undefined") {
    throw new SessionError(
      "unsupported",
      "This browser has no WebAssembly, which local models need.",
      "Use a current Chrome, Edge, Firefox or Safari, or choose an endpoint.",
    );
  }
  const needed = (source.bytes ?? 0) + OVERHEAD_BYTES;
  if (needed > WASM_MEMORY_BYTES) {
    throw doesNotFit(source, needed, `a page can give it ${gigabytes(WASM_MEMORY_BYTES)}`);
  }
  // `deviceMemory` is in gibibytes, rounded, and capped at 8 or 32. Firefox and Safari lack it.
  const { deviceMemory } = navigator as { deviceMemory?: number };
  if (deviceMemory !== undefined && needed > deviceMemory * 2 ** 30) {
    throw doesNotFit(source, needed, `this device has about ${deviceMemory} GB`);
  }
}

/** Rejects with `SessionError` when the weights will not fit into the browser's storage, which has
 *  `here` bytes of them already. */
export async function checkStorage(source: LocalModelSource, here = 0): Promise<void> {
  const { quota, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  const needed = Math.max(0, (source.bytes ?? 0) - here);
  if (quota === undefined || needed <= quota - usage) return;
  throw new SessionError(
    "no_storage",
    `${source.name} needs ${gigabytes(needed)} of storage, and this browser grants this page ` +
      `${gigabytes(quota - usage)}.`,
    "Free some disk space, remove another model from this browser, or leave the private window.",
  );
}

/** Explains a failure of wllama to a person. */
export function explainFailure(error: unknown, source: LocalModelSource): SessionError {
  const text = messageOf(error);
  if (/memory|alloc|\boom\b/i.test(text)) {
    return new SessionError(
      "no_memory",
      `The browser ran out of memory for ${source.name}.`,
      SMALLER,
    );
  }
  if (/context size|context length|n_ctx/i.test(text)) {
    return new SessionError(
      "context_overflow",
      `The conversation is longer than the ${source.contextTokens} tokens that ${source.name} can read.`,
      "Start a new conversation, or choose a larger model.",
    );
  }
  return new SessionError(
    "model",
    `${source.name} failed: ${text}`,
    "Try again. If it fails again, choose another model.",
  );
}

function doesNotFit(source: LocalModelSource, needed: number, limit: string): SessionError {
  return new SessionError(
    "no_memory",
    `${source.name} needs ${gigabytes(needed)} of memory, and ${limit}.`,
    SMALLER,
  );
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
