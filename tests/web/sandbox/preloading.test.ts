/** Tests which spares load packages, and what becomes of those that fail. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RuntimeFiles } from "../../../web/src/runtime/boot";
import type { SandboxFrame } from "../../../web/src/sandbox/frame";
import { SandboxPool } from "../../../web/src/sandbox/pool";
import { LIMIT_MS } from "../../../web/src/sandbox/preloading";

type Load = SandboxFrame["load"];

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A pool whose spares answer with `load`; `loaded` has what each was given, by its number. */
function poolThatLoads(load: Load) {
  const loaded: [number, readonly string[]][] = [];
  const alive: boolean[] = [];
  const make = () => {
    const number = alive.push(true) - 1;
    const died = Promise.withResolvers<string>();
    const frame: Partial<SandboxFrame> = {
      ready: Promise.resolve(),
      died: died.promise,
      load(ahead) {
        loaded.push([number, ahead.modules]);
        return load(ahead);
      },
      fail: (reason) => died.resolve(reason),
      take: () => undefined,
      kill: () => (alive[number] = false),
    };
    return frame as SandboxFrame;
  };
  return { pool: new SandboxPool({} as RuntimeFiles, make), loaded, alive };
}

const packages = (...modules: string[]) => ({
  async read() {
    return { wheels: {}, modules };
  },
});

const settled = () => vi.advanceTimersByTimeAsync(1_000);

test("a spare loads the packages once, and a later one loads them too", async () => {
  const { pool, loaded } = poolThatLoads(async () => []);
  pool.use(packages("pandas").read);
  pool.warm();
  pool.prepare();
  pool.prepare();
  await settled();
  expect(loaded).toEqual([[0, ["pandas"]]]);

  pool.replace(0);
  await settled();
  pool.prepare();
  await settled();
  expect(loaded).toEqual([
    [0, ["pandas"]],
    [1, ["pandas"]],
  ]);
});

test("a spare loads what the conversation has used since", async () => {
  const { pool, loaded } = poolThatLoads(async () => []);
  pool.warm();
  for (const modules of [["pandas"], ["pandas", "scipy"]]) {
    pool.use(packages(...modules).read);
    pool.prepare();
    await settled();
  }
  expect(loaded.map(([, modules]) => modules)).toEqual([["pandas"], ["pandas", "scipy"]]);
});

test("a spare that cannot import a module is replaced by one that does not try", async () => {
  const { pool, loaded, alive } = poolThatLoads(async ({ modules }) =>
    modules.filter((module) => module === "bad"),
  );
  pool.use(packages("bad", "pandas").read);
  pool.warm();
  pool.prepare();
  await settled();
  expect(loaded).toEqual([
    [0, ["bad", "pandas"]],
    [1, ["pandas"]],
  ]);
  expect(alive).toEqual([false, true]);
});

test("a spare that hangs is replaced by one that loads nothing", async () => {
  const { pool, loaded, alive } = poolThatLoads(() => new Promise(() => undefined));
  pool.use(packages("pandas").read);
  pool.warm();
  pool.prepare();
  await vi.advanceTimersByTimeAsync(LIMIT_MS + 1_000);
  pool.prepare();
  await settled();
  expect(loaded).toHaveLength(1);
  expect(alive).toEqual([false, true]);
});

test("a sandbox that was taken while it hangs is lost, so that another one is asked for", async () => {
  const { pool } = poolThatLoads(() => new Promise(() => undefined));
  pool.use(packages("pandas").read);
  pool.warm();
  pool.prepare();
  await settled();
  const frame = pool.replace(0);
  await vi.advanceTimersByTimeAsync(LIMIT_MS);
  expect(await frame.died).toContain("did not end");
});

test("a spare loads what is used later once it has loaded the first", async () => {
  const answers: (() => void)[] = [];
  const { pool, loaded, alive } = poolThatLoads(
    () => new Promise((resolve) => answers.push(() => resolve([]))),
  );
  pool.warm();
  for (const modules of [["pandas"], ["pandas", "scipy"]]) {
    pool.use(packages(...modules).read);
    pool.prepare();
    await settled();
  }
  expect(loaded).toHaveLength(1);

  await vi.advanceTimersByTimeAsync(LIMIT_MS - 5_000);
  answers[0]!();
  await vi.advanceTimersByTimeAsync(LIMIT_MS - 5_000); // the second has its own time
  expect(loaded).toHaveLength(2);
  answers[1]!();
  await vi.advanceTimersByTimeAsync(2 * LIMIT_MS);

  pool.replace(0);
  await settled();
  pool.prepare();
  await settled();
  expect([loaded.length, alive]).toEqual([3, [true, true]]);
});

test("a sandbox that is taken while a load waits behind another stays healthy", async () => {
  let answer = (): void => undefined;
  const { pool, loaded } = poolThatLoads(
    () => new Promise((resolve) => (answer = () => resolve([]))),
  );
  pool.warm();
  for (const modules of [["pandas"], ["pandas", "scipy"]]) {
    pool.use(packages(...modules).read);
    pool.prepare();
    await settled();
  }
  const lost = vi.fn();
  void pool.replace(0).died.then(lost);
  answer();
  await vi.advanceTimersByTimeAsync(2 * LIMIT_MS);

  expect(lost).not.toHaveBeenCalled();
  pool.prepare();
  await settled();
  expect(loaded.map(([number]) => number)).toEqual([0, 1]); // spares still load
});

test("a spare that dies while it loads is no reason to load nothing more", async () => {
  const { pool, loaded } = poolThatLoads(() => Promise.reject(new Error("It was killed.")));
  pool.use(packages("pandas").read);
  pool.warm();
  pool.prepare();
  await vi.advanceTimersByTimeAsync(2 * LIMIT_MS);
  pool.replace(0);
  await settled();
  pool.prepare();
  await settled();
  expect(loaded.map(([number]) => number)).toEqual([0, 1]);
});

test.each([
  ["little memory", 2, 0],
  ["enough memory", 8, 1],
  ["memory that the browser does not tell", undefined, 1],
])("a device with %s", async (_, deviceMemory, times) => {
  vi.stubGlobal("navigator", { deviceMemory });
  const { pool, loaded } = poolThatLoads(async () => []);
  pool.use(packages("pandas").read);
  pool.warm();
  pool.prepare();
  await settled();
  expect(loaded).toHaveLength(times);
});

test("wheels that are not in the store leave a plain spare", async () => {
  const { pool, loaded, alive } = poolThatLoads(async () => []);
  pool.use(async () => null);
  pool.warm();
  pool.prepare();
  await settled();
  expect([loaded, alive]).toEqual([[], [true]]);
});
