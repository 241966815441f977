import { expect, test } from "vitest";
import type { RuntimeFiles } from "../../../web/src/runtime/boot";
import type { SandboxFrame } from "../../../web/src/sandbox/frame";
import { SandboxPool } from "../../../web/src/sandbox/pool";

function poolOfFakes() {
  const made: { frame: SandboxFrame; alive: boolean; files: RuntimeFiles }[] = [];
  const make = (files: RuntimeFiles) => {
    const entry = { alive: true, files } as (typeof made)[number];
    const kill = () => (entry.alive = false);
    const never = new Promise<string>(() => undefined);
    const take = () => undefined;
    entry.frame = { ready: Promise.resolve(), died: never, kill, take } as unknown as SandboxFrame;
    made.push(entry);
    return entry.frame;
  };
  const pool = new SandboxPool({} as RuntimeFiles, make);
  const alive = () => made.map((entry) => entry.alive);
  return { pool, made, alive };
}

test("replacing a sandbox kills it and no other", async () => {
  const { pool, alive } = poolOfFakes();
  const first = pool.replace(0);
  const second = pool.replace(1);

  pool.replace(0);

  expect(pool.holds(0, first)).toBe(false);
  expect(pool.holds(1, second)).toBe(true);
  expect(alive()).toEqual([false, true, true]);
});

test("the next sandbox is the spare that was booted ahead", async () => {
  const { pool, made } = poolOfFakes();
  pool.replace(0);
  await Promise.resolve();

  expect(made.length).toBe(2);
  expect(pool.replace(1)).toBe(made[1]!.frame);
});

test("a released sandbox is killed and can be asked for again", () => {
  const { pool, alive } = poolOfFakes();
  const frame = pool.replace(2);

  pool.release(2);
  pool.release(7);

  expect([alive(), pool.holds(2, frame)]).toEqual([[false], false]);
  pool.replace(2);
  expect(alive()).toEqual([false, true]);
});

test("disposing the pool kills all sandboxes", () => {
  const { pool, alive } = poolOfFakes();
  pool.replace(0);
  pool.replace(1);
  pool.warm();

  pool.dispose();

  expect(alive()).toEqual([false, false, false]);
});

const PREPARED = { buildId: "b1" } as RuntimeFiles;

test("sandboxes start from a prepared memory, and the spare is replaced between two steps", async () => {
  const { pool, made, alive } = poolOfFakes();
  pool.replace(0);
  await Promise.resolve();
  pool.startFrom(PREPARED);
  expect(alive()).toEqual([true, true]);

  pool.prepare();
  pool.prepare();

  expect(alive()).toEqual([true, false, true]);
  expect(made.map(({ files }) => files === PREPARED)).toEqual([false, false, true]);
  expect(pool.replace(0)).toBe(made[2]!.frame);
});

test("after a memory that did not fit, sandboxes start as before", async () => {
  const { pool, made, alive } = poolOfFakes();
  pool.startFrom(PREPARED);
  pool.warm();
  Object.assign(made[0]!.frame, { misfit: true });
  await Promise.resolve();

  pool.prepare();
  pool.replace(0);
  pool.replace(1);

  expect(alive()).toEqual([true, true]);
  expect(made.map(({ files }) => files === PREPARED)).toEqual([true, false]);
});
