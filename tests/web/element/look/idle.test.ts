import { afterEach, expect, test, vi } from "vitest";
import { whenIdle } from "../../../../web/src/element/look/idle";
import { firstUses } from "../../../../web/src/render/first_use";

afterEach(() => vi.unstubAllGlobals());

test("each task has an idle time of its own", async () => {
  const idle: (() => void)[] = [];
  vi.stubGlobal("requestIdleCallback", (done: () => void) => idle.push(done));
  const done: string[] = [];

  const all = whenIdle(["a", "b"].map((name) => () => done.push(name)));
  expect(done).toEqual([]);
  idle.shift()!();
  await Promise.resolve();
  await vi.waitFor(() => expect(idle).toHaveLength(1));
  expect(done).toEqual(["a"]);
  idle.shift()!();
  await all;

  expect(done).toEqual(["a", "b"]);
});

test("a browser that does not tell when it is idle does none of the tasks", async () => {
  vi.stubGlobal("requestIdleCallback", undefined);
  const task = vi.fn();

  await whenIdle([task]);

  expect(task).not.toHaveBeenCalled();
});

test("what is done before the first use leaves nothing in the page", () => {
  const before = document.documentElement.outerHTML;

  for (const use of firstUses) use();

  expect(document.documentElement.outerHTML).toBe(before);
});
