/**
 * Brings one file over a network that fails: it goes on where an earlier try stopped, and checks the
 * file's hash. A model's weights and the site's packages come this way; where the bytes go is the
 * `Target`'s business.
 */
import { SessionError, messageOf } from "../api/error";
import { Silence } from "./silence";

export interface Wanted {
  url: URL;
  /** What a person calls it, for messages. */
  name: string;
  what: "model" | "package";
  /** Null when it is unknown. */
  bytes: number | null;
  /** Lower-case hex; null when the file cannot be verified. */
  sha256: string | null;
  /** The first bytes of such a file and its format's name, so that something else is refused before
   *  anything is replaced by it. */
  start: string;
  format: string;
  /** What to do about a host that sends something else. */
  advice: string;
  /** Whether what is brought is kept nowhere else, so that the browser's own cache may have it. */
  cacheable?: boolean;
}

/** Where the bytes of a file go. */
export interface Target {
  readonly size: number;
  /** Whether a later try finds what is here after a failure. */
  readonly keeps: boolean;
  /** What the host said of the file's version; null when it said nothing. */
  version: string | null;
  append(chunk: Uint8Array<ArrayBuffer>): void;
  empty(): void;
  /** The SHA-256 of the bytes, as lower-case hex. */
  digest(): string | Promise<string>;
}

export interface Following {
  /** `note` says in a sentence why a download starts over; null while it goes on as expected. */
  onProgress(loaded: number, total: number | null, note: string | null): void;
  signal?: AbortSignal;
  /** Waits before another try; a test need not. */
  pause?: (ms: number) => Promise<void>;
}

/** The waits before tries that follow one that brought nothing. */
const WAITS_MS = [0, 1000, 3000];
/** How long a host may send nothing. Whoever else wants the file waits for this try. */
const SILENT_MS = 60_000;
const CHANGED = "The file has changed on its host, so the download starts over.";
const CANNOT_CONTINUE = "The host cannot continue a download, so it starts over.";
const DAMAGED = "What was here was not the right file, so the download starts over.";

/** The host answered with an error that asking again does not change. */
export class Refused extends SessionError {
  constructor(
    readonly status: number,
    ...told: ConstructorParameters<typeof SessionError>
  ) {
    super(...told);
  }
}

/** A failure that may have gone a moment later. */
class Passing extends Error {}

/**
 * Completes the file in `target`. Rejects with `SessionError`, or with the signal's reason. What came
 * before a failure stays in `target`, unless it is known to be wrong.
 */
export async function transfer(
  target: Target,
  wanted: Wanted,
  following: Following,
): Promise<void> {
  return new Transfer(target, wanted, following).run();
}

class Transfer {
  private note: string | null = null;
  private total: number | null;

  constructor(
    private readonly target: Target,
    private readonly wanted: Wanted,
    private readonly following: Following,
  ) {
    this.total = wanted.bytes;
  }

  async run(): Promise<void> {
    const { target, wanted } = this;
    if (wanted.bytes !== null && target.size > wanted.bytes) this.startOver(DAMAGED);
    const resumed = target.size > 0;
    await this.complete();
    if (wanted.sha256 === null || (await target.digest()) === wanted.sha256) return;
    target.empty();
    if (!resumed) throw this.wrongFile("its SHA-256 differs");
    this.startOver(DAMAGED); // the earlier part may be of another version
    return this.run();
  }

  /** Tries until the file is complete, as long as something comes. */
  private async complete(): Promise<void> {
    const { target, wanted, following } = this;
    const pause = following.pause ?? sleep;
    let most = target.size;
    for (let failed = 0; target.size !== wanted.bytes;) {
      try {
        if (await this.receive()) return;
      } catch (error) {
        following.signal?.throwIfAborted();
        if (isQuota(error)) throw this.full();
        if (error instanceof SessionError) throw error;
        failed = target.size > most ? 0 : failed + 1;
        most = Math.max(most, target.size);
        const offline = globalThis.navigator?.onLine === false;
        if (failed > WAITS_MS.length || (failed && offline)) throw this.unreachable(error);
        await pause(WAITS_MS[failed - 1] ?? 0);
      }
    }
  }

  /** Takes in one answer of the host. Returns whether the file is complete as far as that says. */
  private async receive(): Promise<boolean> {
    const silent = (): Error => new Passing(`nothing came for ${SILENT_MS / 1000} seconds`);
    const silence = new Silence(SILENT_MS, silent, this.following.signal);
    try {
      return await this.request(silence);
    } finally {
      silence.end();
    }
  }

  private async request({ signal, heard }: Silence): Promise<boolean> {
    const { target, wanted } = this;
    const from = target.size;
    const headers = from > 0 ? this.rangeHeaders(from) : {};
    const cache = wanted.cacheable && from === 0 ? "default" : "no-store";
    const response = await fetch(wanted.url, { headers, cache, signal });
    if (response.status === 416 && from > 0) return this.beyondTheEnd(response, from);
    const body = this.bodyOf(response);
    const version = versionOf(response);
    const continues = response.status === 206 && this.sameVersion(response, version, from);
    if (response.status === 206 && !continues) {
      await body.cancel();
      this.startOver(CHANGED);
      target.version = null;
      return false;
    }
    const at = continues ? from : 0;
    const length = lengthOf(response);
    const sent = length === null ? null : at + length;
    if (wanted.bytes !== null && sent !== null && sent !== wanted.bytes && isExact(response)) {
      await body.cancel();
      throw this.wrongFile(`it has ${sent} bytes instead of ${wanted.bytes}`);
    }
    this.total = wanted.bytes ?? sent;
    heard();
    await this.store(body, continues, version, heard);
    if (this.total !== null && target.size < this.total) throw new Passing("it ended too early");
    return true;
  }

  private async store(
    body: ReadableStream<Uint8Array<ArrayBuffer>>,
    continues: boolean,
    version: string | null,
    heard: () => void,
  ): Promise<void> {
    const { target, wanted, following } = this;
    let first = !continues;
    for await (const chunk of chunksOf(body, first ? wanted.start.length : 0, heard)) {
      if (first) {
        this.checkStart(chunk);
        if (target.size > 0) {
          const changed = version !== null && target.version !== null && version !== target.version;
          this.startOver(changed ? CHANGED : CANNOT_CONTINUE);
        }
        target.version = version;
        first = false;
      }
      const left = (wanted.bytes ?? Infinity) - target.size;
      target.append(chunk.length > left ? chunk.subarray(0, left) : chunk);
      following.onProgress(target.size, this.total, this.note);
      if (chunk.length > left) return; // the hash decides about a file with more bytes
    }
    if (first) throw new Passing("nothing came");
  }

  /** Asks for the rest. `If-Range` is left out for another site, where it would need its permission. */
  private rangeHeaders(from: number): Record<string, string> {
    const { version } = this.target;
    const own = this.wanted.url.origin === globalThis.location?.origin;
    return { Range: `bytes=${from}-`, ...(own && version ? { "If-Range": version } : {}) };
  }

  /** Whether a part of the file belongs to what is here. A known hash decides at the end. */
  private sameVersion(response: Response, version: string | null, from: number): boolean {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
    if (range && Number(range[1]) !== from) return false;
    const known = this.target.version;
    if (version !== null && known !== null) return version === known;
    return this.wanted.sha256 !== null;
  }

  /** The host has no more bytes: the file is complete, or what is here is not of this file. */
  private async beyondTheEnd(response: Response, from: number): Promise<boolean> {
    await response.body?.cancel();
    const [, size] = /^bytes \*\/(\d+)$/.exec(response.headers.get("content-range") ?? "") ?? [];
    const { bytes } = this.wanted;
    if (bytes === null && Number(size) === from) return true;
    if (bytes !== null && size !== undefined && Number(size) !== bytes) {
      throw this.wrongFile(`it has ${size} bytes instead of ${bytes}`);
    }
    this.startOver(CHANGED);
    this.target.version = null;
    return false;
  }

  private bodyOf(response: Response): ReadableStream<Uint8Array<ArrayBuffer>> {
    const { status, body } = response;
    if (response.ok && body) return body as ReadableStream<Uint8Array<ArrayBuffer>>;
    void body?.cancel();
    const { host } = this.wanted.url;
    if (status === 429 || status >= 500) throw new Passing(`${host} answered ${status}`);
    throw new Refused(
      status,
      "unreachable",
      `${host} answered ${status} for ${this.wanted.name}.`,
      status === 401 || status === 403
        ? "The host wants a login, which this page cannot give. Choose another address."
        : this.wanted.sha256
          ? this.wanted.advice
          : "Check the address.",
    );
  }

  private checkStart(chunk: Uint8Array): void {
    const { start, format, url, advice } = this.wanted;
    if (Array.from(start).every((char, at) => chunk[at] === char.charCodeAt(0))) return;
    throw new SessionError("wrong_file", `${url.href} is not a ${format}.`, advice);
  }

  private startOver(note: string): void {
    if (this.target.size > 0) this.target.empty();
    this.note = note;
    this.following.onProgress(0, this.total, note);
  }

  private wrongFile(why: string): SessionError {
    const { what, url, advice } = this.wanted;
    const message = `The file at ${url.href} is not the ${what} it should be: ${why}.`;
    return new SessionError("wrong_file", message, advice);
  }

  private unreachable(error: unknown): SessionError {
    const { name, url } = this.wanted;
    const why = messageOf(error);
    return new SessionError(
      "unreachable",
      `${name} could not be downloaded from ${url.host} (${why}).`,
      `Check the connection, then try again.${this.continuing}`,
    );
  }

  private full(): SessionError {
    return new SessionError(
      "no_storage",
      `The browser's storage is full, so ${this.wanted.name} is not complete.`,
      `Free some disk space, or remove a model or packages in the settings.${this.continuing}`,
    );
  }

  private get continuing(): string {
    const { size, keeps } = this.target;
    return size && keeps ? " The next try continues where this one stopped." : "";
  }
}

/** What identifies this version of a file; null when nothing does. A weak ETag does not. */
function versionOf({ headers }: Response): string | null {
  const etag = headers.get("etag");
  return etag?.startsWith('"') ? etag : headers.get("last-modified");
}

/** The length of a body; null when it is unknown, as it is for one that was packed on its way. */
function lengthOf({ headers }: Response): number | null {
  const length = headers.get("content-length");
  return length === null || headers.has("content-encoding") ? null : Number(length);
}

/** Whether a length is certain: another site's answer does not tell whether it was packed. */
const isExact = ({ status, type }: Response): boolean => status === 206 || type !== "cors";

/** Reads a body in chunks, the first of at least `first` bytes, and tells of each. `for await` over a ReadableStream is
 *  newer in Safari than everything else used here. */
async function* chunksOf(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  first: number,
  heard: () => void,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  let held = new Uint8Array();
  let wanted = first;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (part.value.length) heard();
      const chunk = held.length ? joined(held, part.value) : part.value;
      held = new Uint8Array();
      if (chunk.length < wanted) {
        held = chunk;
        continue;
      }
      wanted = 0;
      yield chunk;
    }
    if (held.length) yield held;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}

export const isQuota = (error: unknown): boolean =>
  error instanceof DOMException && error.name === "QuotaExceededError";

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
