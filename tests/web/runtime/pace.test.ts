/** Tests how the speed of a download is told. */
import { expect, test } from "vitest";
import { Pace } from "../../../web/src/runtime/pace";

/** The speeds that are told when so many bytes are here at each second. */
function speeds(...loaded: number[]): (number | null)[] {
  let ms = 0;
  const pace = new Pace(() => ms);
  return loaded.map((bytes, second) => {
    ms = second * 1000;
    return pace.at(bytes);
  });
}

test("the speed is unknown at first, then the mean of the last seconds", () => {
  expect(speeds(0, 100, 300)).toEqual([null, 100, 150]);
  expect(speeds(...Array.from({ length: 40 }, (_, s) => s * 50)).at(-1)).toBe(50);
});

test("what was here before the download does not count", () => {
  expect(speeds(1_000_000, 1_000_100)).toEqual([null, 100]);
});

test("a stall shows, and an old speed is forgotten", () => {
  const stalled = Array.from({ length: 30 }, () => 900);

  expect(speeds(0, 300, 600, ...stalled).at(-1)).toBe(0);
});

test("a download that starts over is measured anew", () => {
  expect(speeds(0, 500, 0, 20)).toEqual([null, 500, null, 20]);
});
