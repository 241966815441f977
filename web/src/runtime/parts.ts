/**
 * A package on its way. Its bytes are stored in pieces as they come, so that a tab that is closed or a
 * browser that ends loses no more than the last piece.
 */
import type { Target } from "./transfer";

const PIECE_BYTES = 1 << 20;

export class Parts implements Target {
  version = null;
  keeps: boolean;
  size = 0;
  /** The bytes by pieces. Those from `stored` on are not stored yet. */
  private pieces: Blob[] = [];
  private stored = 0;
  private fresh: Uint8Array<ArrayBuffer>[] = [];
  private freshBytes = 0;
  private writes: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly store: Cache | null,
    private readonly url: URL,
  ) {
    this.keeps = store !== null;
  }

  /** What is here of the file at `url`. */
  static async open(store: Cache | null, url: URL): Promise<Parts> {
    const parts = new Parts(store, url);
    parts.pieces = await piecesIn(store, url);
    parts.stored = parts.pieces.length;
    parts.size = parts.pieces.reduce((sum, { size }) => sum + size, 0);
    return parts;
  }

  append(chunk: Uint8Array<ArrayBuffer>): void {
    this.fresh.push(chunk);
    this.freshBytes += chunk.length;
    this.size += chunk.length;
    if (this.freshBytes >= PIECE_BYTES) this.storePiece();
  }

  empty(): void {
    [this.pieces, this.fresh, this.freshBytes, this.size, this.stored] = [[], [], 0, 0, 0];
    this.after(() => forgetParts(this.store, this.url));
  }

  blob(): Blob {
    return new Blob([...this.pieces, ...this.fresh]);
  }

  async digest(): Promise<string> {
    const bytes = await this.blob().arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /** Stores what is not stored yet, for the next try. */
  async flush(): Promise<void> {
    if (this.freshBytes) this.storePiece();
    await this.writes;
  }

  /** Forgets what is stored: the file is complete. */
  async forget(): Promise<void> {
    await this.writes;
    await forgetParts(this.store, this.url);
  }

  private storePiece(): void {
    const piece = new Blob(this.fresh);
    [this.fresh, this.freshBytes] = [[], 0];
    this.pieces.push(piece);
    const url = pieceOf(this.url, this.stored++);
    this.after(async () => {
      if (this.keeps) await this.store?.put(url, new Response(piece));
    });
  }

  /** Writes one after the other. Where there is no room, nothing more is stored: a later piece without
   *  an earlier one is of no use. */
  private after(write: () => Promise<void>): void {
    this.writes = this.writes.then(write).catch(() => (this.keeps = false));
  }
}

/** How many bytes of the file at `url` are stored while it is on its way. */
export async function partsSize(store: Cache | null, url: URL): Promise<number> {
  return (await piecesIn(store, url)).reduce((sum, { size }) => sum + size, 0);
}

/** Deletes the pieces of the file at `url`. */
export async function forgetParts(store: Cache | null, url: URL): Promise<void> {
  for (let at = 0; await store?.delete(pieceOf(url, at)); at++);
}

/** The address of the file that a stored piece belongs to; of any other entry, its own. */
export const wholeOf = (url: string): string => url.replace(/&part(=\d+)?$/, "");

function pieceOf(url: URL, at: number): URL {
  return new URL(`${url.href}&part${at ? `=${at}` : ""}`);
}

async function piecesIn(store: Cache | null, url: URL): Promise<Blob[]> {
  const pieces: Blob[] = [];
  for (;;) {
    const piece = await store?.match(pieceOf(url, pieces.length));
    if (!piece) return pieces;
    pieces.push(await piece.blob());
  }
}
