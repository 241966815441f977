/** The browser's own file system in memory, for tests of downloads. */

class FakeFile {
  bytes = new Uint8Array();

  constructor(
    private readonly name: string,
    private readonly files: FakeFiles,
  ) {}

  async createSyncAccessHandle() {
    return {
      getSize: () => this.bytes.length,
      read: (into: Uint8Array, { at }: { at: number }) => {
        into.set(this.bytes.subarray(at, at + into.length));
        return into.length;
      },
      write: (chunk: Uint8Array, { at }: { at: number }) => {
        const room = this.files.room - this.files.used;
        const written = chunk.subarray(0, Math.max(0, room + this.bytes.length - at));
        const both = new Uint8Array(Math.max(this.bytes.length, at + written.length));
        both.set(this.bytes);
        both.set(written, at);
        this.bytes = both;
        return written.length;
      },
      truncate: (size: number) => {
        const cut = new Uint8Array(size);
        cut.set(this.bytes.subarray(0, size));
        this.bytes = cut;
      },
      flush: () => undefined,
      close: () => undefined,
    };
  }

  async getFile(): Promise<File> {
    return new File([this.bytes], this.name);
  }
}

export class FakeFiles {
  readonly files = new Map<string, FakeFile>();
  /** How many bytes fit. */
  room = Infinity;

  get used(): number {
    return [...this.files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** What the browser offers as `navigator.storage.getDirectory`. There is one folder. */
  async getDirectory() {
    return { getDirectoryHandle: async () => this };
  }

  async getFileHandle(name: string, { create = false } = {}): Promise<FakeFile> {
    const file = this.files.get(name) ?? (create ? new FakeFile(name, this) : null);
    if (!file) throw new DOMException(name, "NotFoundError");
    this.files.set(name, file);
    return file;
  }

  async removeEntry(name: string): Promise<void> {
    if (!this.files.delete(name)) throw new DOMException(name, "NotFoundError");
  }

  async *keys(): AsyncGenerator<string> {
    yield* this.files.keys();
  }

  sizeOf(name: string): number {
    return this.files.get(name)?.bytes.length ?? 0;
  }
}
