import { expect, test } from "vitest";
import { viewOf } from "../../../web/src/render/bundle";

const SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';

function drawing(content: string): string {
  return viewOf({ "image/svg+xml": `<svg ${SVG} viewBox="0 0 9 9">${content}</svg>` }).kind;
}

/** Each of the parts shows the one before it twice. */
function doubling(show: (id: string) => string, wrap = "g"): string {
  const parts = Array.from(
    { length: 20 },
    (_, i) => `<${wrap} id="p${i + 1}">${show(`p${i}`).repeat(2)}</${wrap}>`,
  );
  return `<g id="p0"><path d="M0 0"/></g>${parts.join("")}<use href="#p20"/>`;
}

test.each([
  ["by use", doubling((id) => `<use href="#${id}"/>`)],
  ["by the older use", doubling((id) => `<use xlink:href="#${id}"/>`)],
  ["by patterns", doubling((id) => `<rect fill="url(#${id})"/>`, "pattern")],
  ["by masks in a style", doubling((id) => `<rect style="mask: url('#${id}')"/>`, "mask")],
  ["by itself", '<g id="a"><use href="#a"/></g>'],
  ["by a style", `<style>rect { mask: url(#m) }</style><mask id="m"/>${"<rect/>".repeat(6_000)}`],
])("a drawing that repeats a part of itself too often %s is a download", (_, content) => {
  expect(drawing(content)).toBe("file");
});

test.each([
  ["elements", "<rect/>".repeat(11_000)],
  ["blurred elements", `<filter id="f"/>${'<rect filter="url(#f)"/>'.repeat(60)}`],
  ["elements with filters in a style", `<style>*{filter:blur(9px)}</style>${"<g/>".repeat(60)}`],
  ["characters", `<text>${"x".repeat(3_100_000)}</text>`],
  ["drawings in it", '<image href="data:image/svg+xml,&lt;svg/&gt;"/>'],
  ["drawings in its style", "<style>rect { fill: url(data:image/svg+xml,x) }</style>"],
])("a drawing with too many %s is a download", (_, content) => {
  expect(drawing(content)).toBe("file");
});

test.each([
  ["marks that are drawn once and used often", `<g id="m"/>${'<use href="#m"/>'.repeat(3_000)}`],
  [
    "one area that all lines are cut to",
    `<clipPath id="c"/>${'<g clip-path="url(#c)"/>'.repeat(2_000)}`,
  ],
  ["a shadow", '<filter id="f"/><rect filter="url(#f)"/>'],
  ["a link", '<a href="#top"><text id="top">up</text></a>'],
  ["a photograph in it", '<image href="data:image/png;base64,iVBORw0KGgo="/>'],
])("a drawing with %s is drawn", (_, content) => {
  expect(drawing(content)).toBe("image");
});

function png(width: number, height: number): string {
  const size = [width, height].map((n) => [24, 16, 8, 0].map((bits) => (n >> bits) & 255)).flat();
  const head = [0x89, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, ...size, 8, 6];
  return btoa(String.fromCharCode(...head, ...Array(20).fill(0)));
}

function jpeg(width: number, height: number): string {
  const two = (n: number) => [n >> 8, n & 255];
  const frame = [0xff, 0xc2, 0, 17, 8, ...two(height), ...two(width), 3];
  const head = [0xff, 0xd8, 0xff, 0xe0, 0, 6, 1, 2, 3, 4, ...frame, ...Array(30).fill(0)];
  return btoa(String.fromCharCode(...head));
}

function gif(width: number, height: number): string {
  const size = [width & 255, width >> 8, height & 255, height >> 8];
  const head = [..."GIF89a"].map((sign) => sign.charCodeAt(0));
  return btoa(String.fromCharCode(...head, ...size, ...Array(30).fill(0)));
}

test.each([
  ["image/png", png(20_000, 20_000), "file"],
  ["image/jpeg", jpeg(60_000, 60_000), "file"],
  ["image/gif", gif(65_000, 65_000), "file"],
  ["image/png", png(6_000, 4_000), "image"],
  ["image/jpeg", jpeg(6_000, 4_000), "image"],
  ["image/gif", gif(600, 400), "image"],
  ["image/png", btoa("no picture at all"), "image"],
])("a picture in %s of many pixels is a download: %#", (type, data, kind) => {
  expect(viewOf({ [type]: data }).kind).toBe(kind);
});
