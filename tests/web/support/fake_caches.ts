/** Caches in memory, for tests of what the page and its service worker keep. */
export class FakeCaches {
  private readonly kept = new Map<string, Map<string, Response>>();
  /** Makes every write fail, as in a browser whose storage is full. */
  full = false;

  async open(name: string) {
    const own = this.kept.get(name) ?? new Map<string, Response>();
    this.kept.set(name, own);
    return {
      match: async (url: URL | string) => own.get(String(url))?.clone(),
      put: async (url: URL | string, response: Response) => {
        if (this.full) throw new DOMException("no space left", "QuotaExceededError");
        own.set(String(url), response);
      },
      keys: async () => [...own.keys()].map((url) => ({ url })),
      delete: async (which: { url: string } | URL) =>
        own.delete(which instanceof URL ? which.href : which.url),
    };
  }

  async match(url: URL | string, { cacheName }: { cacheName: string }) {
    return this.kept.get(cacheName)?.get(String(url))?.clone();
  }

  async delete(name: string): Promise<boolean> {
    return this.kept.delete(name);
  }

  async keys(): Promise<string[]> {
    return [...this.kept.keys()];
  }
}
