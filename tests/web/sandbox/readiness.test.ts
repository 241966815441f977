/** Tests when sandboxes get a prepared memory, with a site and a pool of fakes. */
import { afterEach, expect, test, vi } from "vitest";
import type { RuntimeFiles } from "../../../web/src/runtime/boot";
import type { PackageStore } from "../../../web/src/runtime/packages";
import { PreparedStore } from "../../../web/src/runtime/prepared_store";
import { Readiness } from "../../../web/src/sandbox/readiness";

const RUNTIME = {} as RuntimeFiles;
const PREPARED = { buildId: "prepared" } as RuntimeFiles;
const USED = { modules: ["pandas"], files: [] };

afterEach(() => vi.restoreAllMocks());

/** `kept` is what the browser has at first; `used` is what the last conversation used. */
function begun({ kept = null as RuntimeFiles | null, used = null as typeof USED | null } = {}) {
  const idle = Promise.withResolvers<void>();
  const keptNow = vi.spyOn(PreparedStore.prototype, "kept").mockResolvedValue(kept);
  const bring = vi.spyOn(PreparedStore.prototype, "bring").mockImplementation(async () => {
    keptNow.mockResolvedValue(PREPARED);
    return PREPARED;
  });
  const pool = { startFrom: vi.fn(), use: vi.fn(), prepare: vi.fn() };
  const packages = { used: async () => used, keepUsed: async () => undefined };
  const store = packages as unknown as PackageStore;
  const readiness = new Readiness(RUNTIME, store, pool, () => idle.promise);
  return { readiness, pool, bring, rest: idle.resolve };
}

test("a memory from an earlier visit is used from the first sandbox on", async () => {
  const { readiness, pool, bring, rest } = begun({ kept: PREPARED, used: USED });
  rest();
  await vi.waitFor(() => expect(pool.startFrom.mock.calls[0]![0]).toBe(PREPARED));
  await readiness.loadUsed();
  await readiness.use(USED);
  expect(bring).not.toHaveBeenCalled();
});

test("what a conversation uses brings the memory once, for the spare after its run", async () => {
  const { readiness, pool, bring, rest } = begun();
  const using = Promise.all([readiness.use(USED), readiness.use(USED)]);
  await vi.waitFor(() => expect(pool.startFrom).toHaveBeenCalledOnce());
  expect(pool.prepare).not.toHaveBeenCalled();
  rest();
  await using;
  expect(bring.mock.calls).toEqual([[["pandas"]]]);
  expect(pool.prepare).toHaveBeenCalledOnce();
});

test("a new build's memory is brought when the last conversation used pandas", async () => {
  const { readiness, bring, rest } = begun({ used: USED });
  rest();
  await readiness.loadUsed();
  expect(bring).toHaveBeenCalledOnce();
});

test("a memory that cannot be brought is asked for again later", async () => {
  const { readiness, pool, bring, rest } = begun();
  bring.mockRejectedValueOnce(new Error("offline"));
  rest();
  await readiness.use(USED);
  expect(pool.startFrom).not.toHaveBeenCalled();
  await readiness.use(USED);
  expect(pool.startFrom).toHaveBeenCalledOnce();
});

test("a memory that is read after the first spare has started replaces that spare", async () => {
  const late = Promise.withResolvers<RuntimeFiles>();
  const { readiness, pool, bring, rest } = begun({ kept: late.promise as never, used: USED });
  const loading = readiness.loadUsed();
  await vi.waitFor(() => expect(pool.prepare).toHaveBeenCalledOnce());
  late.resolve(PREPARED);
  rest();
  await loading;
  const [started] = pool.startFrom.mock.invocationCallOrder;
  expect(pool.prepare.mock.invocationCallOrder[1]).toBeGreaterThan(started!);
  expect(bring).not.toHaveBeenCalled();
});

test("a memory that is here is not brought twice in a visit", async () => {
  const { readiness, bring, rest } = begun();
  rest();
  await readiness.use(USED);
  await readiness.use(USED);
  expect(bring).toHaveBeenCalledOnce();
});

test("a browser that does not say what it keeps holds up no spare for long", async () => {
  vi.useFakeTimers();
  const never = new Promise<null>(() => undefined);
  const { readiness, pool } = begun({ kept: never as never });
  let known = false;
  void readiness.known.then(() => (known = true));
  await vi.advanceTimersByTimeAsync(100);
  expect(known).toBe(false);
  await vi.advanceTimersByTimeAsync(5000);
  expect(known).toBe(true);
  expect(pool.startFrom).not.toHaveBeenCalled();
  vi.useRealTimers();
});
