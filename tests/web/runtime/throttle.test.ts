/** Tests that reports are few, and that the last one arrives. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Throttle } from "../../../web/src/runtime/throttle";

let told: number[];
let throttle: Throttle<number>;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  throttle = new Throttle((value) => told.push(value));
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test("the first report passes at once, and the last of many when its time comes", () => {
  for (const value of [1, 2, 3]) throttle.give(value);
  expect(told).toEqual([1]);

  vi.advanceTimersByTime(1000);

  expect(told).toEqual([1, 3]);
  throttle.give(4);
  expect(told).toEqual([1, 3, 4]);
});

test("a report that is due now replaces those that wait", () => {
  throttle.give(1);
  throttle.give(2);
  throttle.now(3);
  vi.advanceTimersByTime(1000);

  expect(told).toEqual([1, 3]);
});

test("what waits can be dropped", () => {
  throttle.give(1);
  throttle.give(2);
  throttle.stop();
  vi.advanceTimersByTime(1000);

  expect(told).toEqual([1]);
});

test("long work that lets no timer come reports all the same", () => {
  let now = 1000;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  for (const value of [1, 2, 3, 4, 5, 6]) {
    throttle.give(value);
    now += 60;
  }
  expect(told).toEqual([1, 3, 5]);

  vi.advanceTimersByTime(1000);

  expect(told).toEqual([1, 3, 5, 6]);
});
