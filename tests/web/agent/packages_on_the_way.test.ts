/** Tests how packages that are loading are told together. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PackagesProgress } from "../../../web/src/agent/messages";
import { PackagesOnTheWay } from "../../../web/src/agent/packages_on_the_way";

let told: PackagesProgress[];
let packages: PackagesOnTheWay;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  packages = new PackagesOnTheWay((progress) => told.push(progress));
});

afterEach(() => vi.useRealTimers());

test("several packages are one sum, the largest first", () => {
  packages.note("six", 10, 10);
  vi.advanceTimersByTime(100);
  packages.note("pandas", 100, 4000);

  expect(told.at(-1)).toEqual({ names: ["pandas", "six"], loaded: 110, total: 4010 });
});

test("it is told at most ten times a second, and every end at once", () => {
  for (let loaded = 1; loaded <= 100; loaded++) packages.note("pandas", loaded, 100);
  packages.ended("pandas");

  expect(told).toEqual([
    { names: ["pandas"], loaded: 1, total: 100 },
    { names: [], loaded: 100, total: 100 },
  ]);
});

test("a download that stands still shows all that is here", () => {
  packages.note("pandas", 10, 100);
  packages.note("pandas", 60, 100);
  vi.advanceTimersByTime(100);

  expect(told.map(({ loaded }) => loaded)).toEqual([10, 60]);
});

test("what was loaded before does not count the next time", () => {
  packages.note("pandas", 100, 100);
  packages.ended("pandas");
  vi.advanceTimersByTime(100);
  packages.note("scipy", 5, 50);

  expect(told.at(-1)).toEqual({ names: ["scipy"], loaded: 5, total: 50 });
});

test("one that fails ends the loading like one that comes", () => {
  packages.note("pandas", 5, 100);
  packages.note("six", 5, 5);
  packages.ended("six");
  packages.ended("pandas");

  expect(told.at(-1)!.names).toEqual([]);
});
