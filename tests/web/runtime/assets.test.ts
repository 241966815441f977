/** Tests how the page gets the runtime's files. */
// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AssetError, fetchRuntime } from "../../../web/src/runtime/assets";

const BASE = new URL("http://pyagent.test/");
let served: Map<string, Uint8Array<ArrayBuffer>>;
let fetched: string[];
let kept: Map<string, Response>;

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

async function publish(wheel: string): Promise<void> {
  const files = {
    "runtime/pyodide.asm.mjs": encode("asm"),
    "runtime/pyodide.asm.wasm": encode("wasm"),
    "runtime/pyodide-lock.json": encode("{}"),
    "runtime/python_stdlib.zip.gz": await gzip("library"),
    "runtime/snapshot.short.gz": await gzip("\x0c\0\0\0\x03\0\0\0\0\x05\x05 memory"),
    "wheels/httpx.whl.gz": await gzip(wheel),
  };
  const listed: Record<string, { bytes: number; sha256: string }> = {};
  for (const [path, bytes] of Object.entries(files)) {
    served.set(path, bytes);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    listed[path] = { bytes: bytes.length, sha256 };
  }
  served.set("manifest.json", encode(JSON.stringify({ build_id: "b1", files: listed })));
}

beforeEach(async () => {
  served = new Map();
  fetched = [];
  const own = (kept = new Map()); // an earlier test may still write to its own
  await publish("wheel");
  vi.stubGlobal("fetch", async (url: URL) => {
    const path = url.pathname.slice(1);
    fetched.push(path);
    const bytes = served.get(path);
    return bytes ? new Response(bytes) : new Response(null, { status: 404 });
  });
  const store = {
    match: async (url: URL) => own.get(url.href)?.clone(),
    put: async (url: URL, response: Response) => void own.set(url.href, response),
    keys: async () => [...own.keys()].map((url) => ({ url })),
    delete: async ({ url }: { url: string }) => own.delete(url),
  };
  vi.stubGlobal("caches", { open: async () => store });
});

afterEach(() => vi.unstubAllGlobals());

const text = async (file: Blob | null | undefined): Promise<string | undefined> => file?.text();

test("files arrive checked and unpacked, and progress reaches the total", async () => {
  const progress: [number, number][] = [];
  const files = await fetchRuntime(BASE, (...step) => progress.push(step));
  expect(files.buildId).toBe("b1");
  expect(files.lock).toBe("{}");
  const texts = await Promise.all([files.asm, files.stdlib, files.snapshot].map(text));
  expect(texts).toEqual(["asm", "library", "wheel memory"]);
  expect(await text(files.wheels["httpx.whl"])).toBe("wheel");
  const [loaded, total] = progress.at(-1)!;
  expect(loaded).toBe(total);
});

test("a damaged file is named", async () => {
  served.set("wheels/httpx.whl.gz", encode("whee1"));
  await expect(fetchRuntime(BASE)).rejects.toThrow(AssetError);
  await expect(fetchRuntime(BASE)).rejects.toThrow("wheels/httpx.whl.gz is damaged");
});

test("a damaged file that the browser's cache holds is fetched anew from the host", async () => {
  const { fetch } = globalThis;
  vi.stubGlobal("fetch", async (url: URL, options?: RequestInit) => {
    const answer = await fetch(url, options);
    const cached = url.pathname.endsWith(".whl.gz") && options?.cache !== "reload";
    return cached ? new Response("the page of a hotspot") : answer;
  });
  const progress: number[] = [];

  const files = await fetchRuntime(BASE, (loaded, total) => progress.push(total - loaded));

  expect(await text(files.wheels["httpx.whl"])).toBe("wheel");
  expect(progress.at(-1)).toBe(0);
});

test.each(["<!doctype html>", "{", "null", "{}", '{"files":{}}'])(
  "%s in place of the manifest is said in a sentence",
  async (sent) => {
    served.set("manifest.json", encode(sent));
    await expect(fetchRuntime(BASE)).rejects.toThrow(
      "manifest.json is not the list of files that it should be.",
    );
  },
);

test("a missing file is named", async () => {
  served.delete("runtime/snapshot.short.gz");
  await expect(fetchRuntime(BASE)).rejects.toThrow("/runtime/snapshot.short.gz answered 404");
});

test("a second visit fetches only the manifest", async () => {
  const first = await fetchRuntime(BASE);
  fetched = [];
  const second = await fetchRuntime(BASE);
  expect(fetched).toEqual(["manifest.json"]);
  expect(await text(second.snapshot)).toBe(await text(first.snapshot));
});

test("files of an older build are deleted", async () => {
  await fetchRuntime(BASE);
  const old = [...kept.keys()].find((url) => url.includes("httpx.whl"))!;
  await publish("newer");
  await fetchRuntime(BASE);
  await vi.waitFor(() => expect(kept.has(old)).toBe(false));
});

test("a page that cannot store anything works", async () => {
  vi.stubGlobal("caches", undefined);
  expect(await text((await fetchRuntime(BASE)).snapshot)).toBe("wheel memory");
});
