/** A host of one file that loses connections and answers wrongly when a test says so. */

export type Bytes = Uint8Array<ArrayBuffer>;

const PIECE_BYTES = 10_000;

export async function sha256Of(bytes: Bytes): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class FlakyHost {
  /** The Range header of each request. */
  readonly ranges: (string | null)[] = [];
  /** The number of bytes that each answer sends before its connection is cut; `Infinity` for all. */
  cuts: number[] = [];
  /** The number of bytes after which an answer goes silent. */
  silentAfter = Infinity;
  /** Resolves when an answer has gone silent. */
  readonly silence = Promise.withResolvers<void>();
  /** The status of each answer, where it is not the usual one. */
  statuses: (number | null)[] = [];
  takesRanges = true;
  etag: string | null = '"1"';
  /** Whether an answer says how long it is. */
  tellsLength = true;

  constructor(public content: Bytes) {}

  /** What stands in place of `fetch`. */
  readonly fetch = async (_: string | URL, options?: RequestInit): Promise<Response> => {
    options?.signal?.throwIfAborted();
    const sent = new Headers(options?.headers);
    const range = sent.get("range");
    this.ranges.push(range);
    const status = this.statuses.shift();
    if (status) return new Response("An error page.", { status });
    const isCurrent = !sent.has("if-range") || sent.get("if-range") === this.etag;
    const from = range && this.takesRanges && isCurrent ? Number(/\d+/.exec(range)![0]) : 0;
    const size = this.content.length;
    if (from && from >= size) {
      return new Response(null, { status: 416, headers: { "content-range": `bytes */${size}` } });
    }
    const rest = this.content.subarray(from);
    const headers = new Headers(this.etag === null ? {} : { etag: this.etag });
    if (this.tellsLength) headers.set("content-length", String(rest.length));
    if (from) headers.set("content-range", `bytes ${from}-${size - 1}/${size}`);
    const body = this.streamOf(rest, this.cuts.shift(), options?.signal);
    return new Response(body, { status: from ? 206 : 200, headers });
  };

  private streamOf(bytes: Bytes, cut = Infinity, signal?: AbortSignal | null): ReadableStream {
    let sent = 0;
    return new ReadableStream({
      start: (controller) =>
        signal?.addEventListener("abort", () => controller.error(signal.reason)),
      pull: (controller) => {
        if (sent >= cut) return controller.error(new TypeError("network error"));
        if (sent >= bytes.length) return controller.close();
        if (sent >= this.silentAfter) {
          this.silence.resolve();
          return new Promise(() => undefined);
        }
        const end = Math.min(sent + PIECE_BYTES, cut);
        controller.enqueue(bytes.slice(sent, end));
        sent = end;
        return undefined;
      },
    });
  }
}
