/**
 * The weights of an ONNX model, for transformers.js in its worker. They come and are kept as GGUF files
 * are: a download goes on where it stopped, and what is here is listed and can be removed. The small
 * files beside them stay in transformers.js's own cache.
 */
import { openCache } from "../runtime/stores";
import { Refused } from "../runtime/transfer";
import { download, type DownloadProgress, keptFile, ONNX_KEY } from "./download";

/** The name of transformers.js's own cache. Earlier versions of the page kept weights there too. */
const CACHE = "transformers-cache";
const WEIGHTS = /\.onnx(_data(_\d+)?)?$/;

export class OnnxFiles {
  /** How far each file is, by its address. */
  private readonly coming = new Map<string, DownloadProgress>();

  constructor(
    /** The repository's name. */
    private readonly model: string,
    private readonly onProgress: (progress: DownloadProgress) => void,
  ) {}

  /** For `env.fetch`. */
  readonly fetch = async (input: string | URL, options?: RequestInit): Promise<Response> => {
    const url = String(input);
    const asksForSize = new Headers(options?.headers).has("range");
    if (!WEIGHTS.test(url) || asksForSize) return fetch(input, options);
    try {
      return responseOf(await this.bring(url));
    } catch (error) {
      // transformers.js then looks for weights in another format.
      if (error instanceof Refused && error.status === 404) return new Response(null, error);
      throw error;
    }
  };

  /** For `env.customCache`. */
  readonly cache = {
    match: async (url: string): Promise<Response | undefined> => {
      const found = await (await openCache(CACHE))?.match(url);
      if (found || !WEIGHTS.test(url)) return found;
      const file = await keptFile(await keyOf(url));
      return file ? responseOf(file) : undefined;
    },
    put: async (url: string, response: Response): Promise<void> => {
      // A private window may have a cache and no files.
      const here = WEIGHTS.test(url) && (await keptFile(await keyOf(url))) !== null;
      if (!here) await (await openCache(CACHE))?.put(url, response);
    },
  };

  private async bring(url: string): Promise<Blob> {
    const file = url.slice(url.lastIndexOf("/") + 1);
    const request = {
      url,
      key: await keyOf(url),
      name: `${this.model.split("/").at(-1)!} (${file})`,
      bytes: null,
      sha256: null,
      format: file.endsWith(".onnx") ? "ONNX" : "ONNX data",
    } as const;
    return download(request, (progress) => this.tell(url, progress));
  }

  /** Tells of all files together. */
  private tell(url: string, progress: DownloadProgress): void {
    const all = [...this.coming.set(url, progress).values()];
    const unknown = all.some(({ total }) => total === null);
    this.onProgress({
      loaded: all.reduce((sum, { loaded }) => sum + loaded, 0),
      total: unknown ? null : all.reduce((sum, { total }) => sum + total!, 0),
      checking: all.some(({ checking }) => checking),
      note: all.find(({ note }) => note)?.note ?? null,
    });
  }
}

/** A file as an answer. transformers.js asks for its length. */
function responseOf(file: Blob): Response {
  return new Response(file, { headers: { "content-length": String(file.size) } });
}

async function keyOf(url: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(url));
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"));
  return `${ONNX_KEY}${hex.join("")}`;
}
