/** The kernels that the build puts into llama.cpp, against plain arithmetic. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";

import { runsNewestWllama } from "../../../web/src/models/engine_files";

type Kernel = (n: number, out: never, ...rest: never[]) => void;
type Bytes = { u: Uint8Array; i: Int8Array; v: DataView };
interface Kind {
  x: number;
  y: number;
  values: number;
  /** The values of a block. */
  read: (block: Bytes) => number[];
}

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = 200_000;
const X = 210_000;
const Y = 310_000;

const half = ({ v }: Bytes, at: number): number => v.getFloat16(at, true);
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const nibble = ({ u }: Bytes, at: number, i: number): number =>
  (u[at + (i & 15)]! >> (i & 16 ? 4 : 0)) & 15;
const bit = (b: Bytes, at: number, i: number): number => (b.v.getUint32(at, true) >>> i) & 1;
const q4 = (b: Bytes, at: number, i: number): number =>
  (b.u[at + 32 * (i >> 6) + (i & 31)]! >> (i & 32 ? 4 : 0)) & 15;

/** The scale and the minimum of the block of 32 values with this number, in q4_K and q5_K. */
function scaleAndMinimum({ u }: Bytes, j: number): [number, number] {
  const s = (i: number): number => u[4 + i]!;
  if (j < 4) return [s(j) & 63, s(j + 4) & 63];
  const last = s(j + 4);
  return [(last & 15) | ((s(j - 4) >> 6) << 4), (last >> 4) | ((s(j) >> 6) << 4)];
}
function withMinimum(b: Bytes, i: number, q: number): number {
  const [scale, minimum] = scaleAndMinimum(b, i >> 5);
  return half(b, 0) * scale * q - half(b, 2) * minimum;
}
function q6(b: Bytes, i: number): number {
  const [h, row, at] = [i >> 7, (i >> 5) & 3, i & 31];
  const low = (b.u[64 * h + (row & 1) * 32 + at]! >> (row & 2 ? 4 : 0)) & 15;
  const high = (b.u[128 + 32 * h + at]! >> (2 * row)) & 3;
  return half(b, 208) * b.i[192 + 8 * h + 2 * row + (at >> 4)]! * ((low | (high << 4)) - 32);
}

const KINDS: Record<string, Kind> = {
  q8_0_q8_0: {
    x: 34,
    y: 34,
    values: 32,
    read: (b) => range(32).map((i) => half(b, 0) * b.i[2 + i]!),
  },
  q4_0_q8_0: {
    x: 18,
    y: 34,
    values: 32,
    read: (b) => range(32).map((i) => half(b, 0) * (nibble(b, 2, i) - 8)),
  },
  q5_0_q8_0: {
    ...{ x: 22, y: 34, values: 32 },
    read: (b) => range(32).map((i) => half(b, 0) * ((nibble(b, 6, i) | (bit(b, 2, i) << 4)) - 16)),
  },
  q4_1_q8_1: {
    ...{ x: 20, y: 36, values: 32 },
    read: (b) => range(32).map((i) => half(b, 0) * nibble(b, 4, i) + half(b, 2)),
  },
  q5_1_q8_1: {
    ...{ x: 24, y: 36, values: 32 },
    read: (b) =>
      range(32).map((i) => half(b, 0) * (nibble(b, 8, i) | (bit(b, 4, i) << 4)) + half(b, 2)),
  },
  q4_K_q8_K: {
    x: 144,
    y: 292,
    values: 256,
    read: (b) => range(256).map((i) => withMinimum(b, i, q4(b, 16, i))),
  },
  q5_K_q8_K: {
    ...{ x: 176, y: 292, values: 256 },
    read: (b) =>
      range(256).map((i) =>
        withMinimum(b, i, q4(b, 48, i) | (((b.u[16 + (i & 31)]! >> (i >> 5)) & 1) << 4)),
      ),
  },
  q6_K_q8_K: { x: 210, y: 292, values: 256, read: (b) => range(256).map((i) => q6(b, i)) },
};

let seed = 1;
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
}

/** Fills a block with random bits, and with scales that a model could have. */
function fill({ u, v }: Bytes, halves: number[]): void {
  for (let i = 0; i < u.length; i++) u[i] = random() * 256;
  for (const at of halves) v.setFloat16(at, (random() - 0.3) / 50, true);
}

/** Fills a block of y as the engine quantises it: never -128, with the sums of its bytes. */
function fillY(b: Bytes, size: number): number[] {
  const [start, count] = size === 292 ? [4, 256] : [size - 32, 32];
  for (let i = 0; i < count; i++) b.i[start + i] = Math.round((random() - 0.5) * 254);
  const values = range(count).map((i) => b.i[start + i]!);
  const scale =
    size === 292 ? Math.fround((random() - 0.5) / 50) : new Float16Array([random() / 50])[0]!;
  if (size === 292) b.v.setFloat32(0, scale, true);
  else b.v.setFloat16(0, scale, true);
  const sum = (from: number, n: number): number =>
    values.slice(from, from + n).reduce((s, x) => s + x, 0);
  if (size === 36) b.v.setFloat16(2, scale * sum(0, 32), true);
  if (size === 292) for (const i of range(16)) b.v.setInt16(260 + 2 * i, sum(16 * i, 16), true);
  return values.map((value) => scale * value);
}

const load = (bits: number): WebAssembly.Exports => {
  const path = join(HERE, `../../../build/engine/kernels${bits}.wasm`);
  const module = new WebAssembly.Module(readFileSync(path));
  const { exports } = new WebAssembly.Instance(module);
  const more = bits === 64 ? 8n : 8;
  (exports["memory"] as WebAssembly.Memory).grow(more as number);
  return exports;
};

describe.each([32, 64])("kernels for %i-bit addresses", (bits) => {
  const kernels = load(bits);
  const { buffer } = kernels["memory"] as WebAssembly.Memory;
  const bytes = (at: number, size: number): Bytes => ({
    u: new Uint8Array(buffer, at, size),
    i: new Int8Array(buffer, at, size),
    v: new DataView(buffer, at, size),
  });

  test("replace the functions that the build means", () => {
    const names = Object.keys(kernels).filter((name) => name !== "memory");
    expect(names.sort()).toEqual(
      Object.keys(KINDS)
        .map((kind) => `ggml_vec_dot_${kind}`)
        .sort(),
    );
  });

  test.each(Object.entries(KINDS))("%s adds up what the blocks say", (name, kind) => {
    for (const blocks of [1, 2, 3, 4, 7, 28]) {
      let expected = 0;
      let size = 0;
      for (const n of range(blocks)) {
        const x = bytes(X + n * kind.x, kind.x);
        fill(x, name.startsWith("q6") ? [208] : /_1_|_K_/.test(name) ? [0, 2] : [0]);
        const y = fillY(bytes(Y + n * kind.y, kind.y), kind.y);
        kind.read(x).forEach((value, i) => {
          expected += value * y[i]!;
          size += Math.abs(value * y[i]!);
        });
      }
      const at = (n: number): never => (bits === 64 ? BigInt(n) : n) as never;
      const dot = kernels[`ggml_vec_dot_${name}`] as Kernel;
      dot(blocks * kind.values, at(OUT), at(0), at(X), at(0), at(Y), at(0), 1 as never);
      const found = new DataView(buffer).getFloat32(OUT, true);
      expect(Math.abs(found - expected)).toBeLessThan(1e-3 * size);
    }
  });
});

test("this Node runs what the newest engine needs, apart from the switch to promises", () => {
  expect(runsNewestWllama()).toBe("Suspending" in WebAssembly);
});
