/** Tests that a host which stops sending holds nobody for ever. */
// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { transfer, type Target, type Wanted } from "../../../web/src/runtime/transfer";
import { FlakyHost, type Bytes } from "../support/flaky_host";

const CONTENT: Bytes = new TextEncoder().encode(`file${"content ".repeat(5000)}`);
const MINUTE_MS = 60_000;

let host: FlakyHost;
let target: Target & { size: number };
/** How the transfer ended: null when the file is complete. */
let ended: { error: Error | null } | null;

beforeEach(() => {
  vi.useFakeTimers();
  host = new FlakyHost(CONTENT);
  ended = null;
  target = {
    ...{ size: 0, keeps: true, version: null },
    append: (chunk) => (target.size += chunk.length),
    empty: () => (target.size = 0),
    digest: () => "",
  };
  vi.stubGlobal("fetch", host.fetch);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function begin(signal?: AbortSignal): void {
  const wanted: Wanted = {
    ...{ url: new URL("https://host.test/file"), name: "File", sha256: null },
    what: "package",
    ...{ bytes: CONTENT.length, start: "file", format: "file", advice: "" },
  };
  transfer(target, wanted, { onProgress: () => undefined, signal }).then(
    () => (ended = { error: null }),
    (error: Error) => (ended = { error }),
  );
}

/** Lets the host answer nothing at all. */
const mute = () =>
  vi.fn(
    (_: URL, { signal }: RequestInit) =>
      new Promise<Response>((__, reject) =>
        signal?.addEventListener("abort", () => reject(signal.reason)),
      ),
  );

test("a host that falls silent is asked for the rest after a minute", async () => {
  host.silentAfter = 20_000;
  begin();
  await vi.advanceTimersByTimeAsync(MINUTE_MS - 1000);
  expect(host.ranges).toEqual([null]);
  host.silentAfter = Infinity;

  await vi.advanceTimersByTimeAsync(2000);

  expect(ended).toEqual({ error: null });
  expect(target.size).toBe(CONTENT.length);
  expect(host.ranges).toHaveLength(2);
});

test("a host that never answers is given up after a few tries", async () => {
  const fetch = mute();
  vi.stubGlobal("fetch", fetch);
  begin();

  await vi.advanceTimersByTimeAsync(6 * MINUTE_MS);

  expect(ended?.error).toMatchObject({
    kind: "unreachable",
    message: expect.stringContaining("nothing came for 60 seconds"),
  });
  expect(fetch).toHaveBeenCalledTimes(4);
  expect(vi.getTimerCount()).toBe(0);
});

test("a slow host that keeps sending is not given up", async () => {
  let sent = 0;
  const body = new ReadableStream(
    {
      pull: async (control) => {
        await new Promise((resolve) => setTimeout(resolve, MINUTE_MS - 5000));
        control.enqueue(CONTENT.slice(sent, (sent += 10_000)));
        if (sent >= CONTENT.length) control.close();
      },
    },
    { highWaterMark: 0 },
  );
  const fetch = vi.fn(async () => new Response(body));
  vi.stubGlobal("fetch", fetch);
  begin();

  await vi.advanceTimersByTimeAsync(6 * MINUTE_MS);

  expect(ended).toEqual({ error: null });
  expect(fetch).toHaveBeenCalledTimes(1);
});

test("whoever stops a silent transfer need not wait, and gets the own reason", async () => {
  vi.stubGlobal("fetch", mute());
  const control = new AbortController();
  begin(control.signal);
  await vi.advanceTimersByTimeAsync(1000);

  control.abort(new Error("enough"));
  await vi.advanceTimersByTimeAsync(0);

  expect(ended?.error?.message).toBe("enough");
  expect(vi.getTimerCount()).toBe(0);
});
