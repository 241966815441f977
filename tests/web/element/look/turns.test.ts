import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { inTurn, inTurns } from "../../../../web/src/element/look/turns";

let now = 0;
let frames: (() => void)[] = [];

beforeEach(() => {
  now += 1_000;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => frames.push(frame));
});
afterEach(async () => {
  while (frames.length) await paint(); // nothing waits for the next test
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** Lets the browser paint, after which the next turns begin. */
async function paint(): Promise<void> {
  for (const frame of frames.splice(0)) frame();
  for (let task = 0; task < 3; task += 1) await new Promise((resolve) => setTimeout(resolve));
}

function drawing(done: unknown[], name: unknown, ms = 4) {
  return () => {
    now += ms;
    done.push(name);
  };
}

test("what does not fit into a frame is drawn in the next ones, in order", async () => {
  const done: number[] = [];

  const turns = [1, 2, 3, 4, 5, 6, 7].map((name) => inTurn(drawing(done, name)));
  expect(done).toEqual([1, 2, 3]);
  expect(turns.slice(0, 3)).toEqual([undefined, undefined, undefined]);

  await paint();
  expect(done).toEqual([1, 2, 3, 4, 5, 6]);
  await paint();
  await Promise.all(turns);
  expect(done).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test("what is new comes before what waits already", async () => {
  const done: string[] = [];
  for (const name of ["a", "b", "c"]) void inTurn(drawing(done, name, 11));
  await paint();
  expect(done).toEqual(["a", "b"]);

  void inTurn(drawing(done, "new", 11));
  await paint();
  await paint();

  expect(done).toEqual(["a", "b", "new", "c"]);
});

test("a child that asks while its parent is drawn comes before the parent's siblings", async () => {
  const done: string[] = [];
  void inTurn(drawing(done, "first", 11));
  void inTurn(() => {
    drawing(done, "parent", 11)();
    void Promise.resolve().then(() => inTurn(drawing(done, "child", 11)));
  });
  void inTurn(drawing(done, "sibling", 11));

  for (let frame = 0; frame < 4; frame += 1) await paint();

  expect(done).toEqual(["first", "parent", "child", "sibling"]);
});

test("steps go on until one says that it was the last", async () => {
  const done: number[] = [];
  const work = inTurns(() => {
    drawing(done, done.length)();
    return done.length < 8;
  });
  expect(done).toHaveLength(3);

  for (let frame = 0; frame < 4; frame += 1) await paint();
  await work;

  expect(done).toHaveLength(8);
});

test("an error of one drawing leaves the others alone", async () => {
  const done: string[] = [];
  void inTurn(drawing(done, "first", 11));
  const broken = inTurn(() => {
    throw new Error("broken");
  });
  void inTurn(drawing(done, "last"));
  const told = expect(broken).rejects.toThrow("broken");

  await paint();

  await told;
  expect(done).toEqual(["first", "last"]);
});

/** Lets the browser lay out and paint for `ms`. */
async function paintFor(ms: number): Promise<void> {
  const due = frames.splice(0);
  for (const frame of due) frame();
  now += due.length ? ms : 0;
  for (let task = 0; task < 3; task += 1) await new Promise((resolve) => setTimeout(resolve));
}

test("less is drawn in a frame while layout takes long, and more again afterwards", async () => {
  const done: number[] = [];
  const drawn = async (ms: number): Promise<number> => {
    const before = done.length;
    await paintFor(ms);
    return done.length - before;
  };
  void inTurns(() => {
    drawing(done, done.length, 1)();
    return done.length < 400;
  });
  const first = done.length;

  const slow = [await drawn(90), await drawn(90), await drawn(90)];
  const quick: number[] = [];
  while (frames.length) quick.push(await drawn(1));

  expect(first).toBe(10);
  expect(slow.every((count) => count >= 1 && count < 4)).toBe(true);
  expect(Math.max(...quick)).toBe(10);
  expect(done).toHaveLength(400);
});
