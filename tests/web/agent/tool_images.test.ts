import { afterEach, expect, test, vi } from "vitest";

import { withImages } from "../../../web/src/agent/tool_images";

const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47]);
const BUNDLE = { "text/plain": "[image]", "image/png": "iVBORw==" };

afterEach(() => vi.unstubAllGlobals());

test.each<[string, unknown]>([
  ["a Blob", new Blob([PNG], { type: "image/png" })],
  ["a File", new File([PNG], "a.png", { type: "image/png" })],
  ["bytes beside a media type", { mime: "image/png", data: PNG }],
  ["a buffer as MCP names its type", { type: "image", mimeType: "image/png", data: PNG.buffer }],
])("%s becomes a bundle", async (_, image) => {
  expect(await withImages(image)).toEqual(BUNDLE);
});

test("images inside lists and objects become bundles", async () => {
  const image = new Blob([PNG], { type: "image/png" });
  expect(await withImages({ title: "A", all: [1, image] })).toEqual({
    title: "A",
    all: [1, BUNDLE],
  });
});

test("an SVG stays text", async () => {
  const image = new Blob(["<svg/>"], { type: "image/svg+xml;charset=utf-8" });
  expect(await withImages(image)).toEqual({ "text/plain": "[image]", "image/svg+xml": "<svg/>" });
});

test("pixels are drawn and encoded", async () => {
  const drawn: unknown[] = [];
  class Pixels {
    width = 2;
    height = 1;
  }
  class Canvas {
    constructor(
      readonly width: number,
      readonly height: number,
    ) {}
    getContext() {
      return { putImageData: (pixels: unknown) => drawn.push([pixels, this.width, this.height]) };
    }
    async convertToBlob() {
      return new Blob([PNG], { type: "image/png" });
    }
  }
  vi.stubGlobal("ImageData", Pixels);
  vi.stubGlobal("OffscreenCanvas", Canvas);
  const pixels = new Pixels();
  expect(await withImages(pixels)).toEqual(BUNDLE);
  expect(drawn).toEqual([[pixels, 2, 1]]);
});

test.each<[string, unknown]>([
  ["text", "image/png"],
  ["null", null],
  ["a bundle", BUNDLE],
  ["base64 that can cross as it is", { mime: "image/png", data: "iVBORw==" }],
  ["data of another type", { mime: "text/csv", data: "a,b" }],
  ["a list of numbers", [1, 2, 3]],
])("%s stays as it is", async (_, value) => {
  expect(await withImages(value)).toEqual(value);
});

test("an object that holds itself comes back", async () => {
  const loop: { all: unknown[] } = { all: [] };
  loop.all.push(loop, loop);
  expect(await withImages(loop)).toEqual(loop);
});
