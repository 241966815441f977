/** What the build shortens, the page lengthens to the same bytes. */
// @vitest-environment node
import { expect, test } from "vitest";
import { shortened } from "../../../build/repeats.mjs";
import { lengthened } from "../../../web/src/runtime/repeats";

/** Bytes without a pattern, the same in each run. */
function noise(length, seed = 1) {
  let state = seed;
  return Buffer.from(Array.from({ length }, () => (state = (state * 48271) % 2147483647) & 255));
}

const zeros = Buffer.alloc(200_000);
const far = [noise(500), noise(40_000, 7), noise(500), noise(9, 3), noise(500)];
const CASES = {
  nothing: Buffer.alloc(0),
  "one byte": Buffer.of(7),
  noise: noise(5_000),
  zeros,
  "a repeat far away": Buffer.concat(far),
  "a repeat at the very end": Buffer.concat([noise(60_000), noise(60_000)]),
  "a repeat that is nearer": Buffer.concat([noise(500), noise(500)]),
  "repeats inside repeats": Buffer.concat([zeros, noise(300), zeros, noise(300), noise(40_000, 7)]),
};

test.each(Object.entries(CASES))("%s comes back as it was", (_, data) => {
  const short = new Uint8Array(shortened(data));
  expect(Buffer.compare(Buffer.from(lengthened(short)), data)).toBe(0);
});

test.each(Object.entries(CASES))("%s comes back with what other files have of it", (_, data) => {
  const others = [noise(500), noise(60_000), Buffer.from(data.subarray(0, 30_000))];
  const short = new Uint8Array(shortened(data, others));
  const known = new Uint8Array(Buffer.concat(others));
  expect(Buffer.compare(Buffer.from(lengthened(short, known)), data)).toBe(0);
});

test("what another file has is left out", () => {
  const other = Buffer.concat([noise(20_000, 5), noise(40_000, 7)]);
  expect(shortened(noise(20_000, 5), [other]).length).toBeLessThan(100);
});

test("only repeats that gzip cannot see are left out", () => {
  expect(shortened(CASES["a repeat far away"]).length).toBeLessThan(500 + 40_000 + 9 + 500 + 50);
  expect(shortened(CASES["a repeat that is nearer"]).length).toBe(1000 + 8);
});

test("what the build did not write is refused", () => {
  expect(() => lengthened(new Uint8Array(8).fill(255))).toThrow(RangeError);
  expect(() => lengthened(Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 1))).toThrow(
    "These are not repeats as the build writes them.",
  );
});
