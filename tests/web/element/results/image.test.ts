import { afterEach, beforeEach, expect, test, vi } from "vitest";
import "../../../../web/src/element/results/pa-image";
import type { PaImage } from "../../../../web/src/element/results/pa-image";
import { prepareJsdom } from "../../support/page_element";

beforeEach(() => {
  prepareJsdom();
  URL.createObjectURL = () => "blob:picture";
  URL.revokeObjectURL = () => {};
});
afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

/** Shows a picture of 800 × 600 pixels in a window, and enlarges it. */
async function enlarged(window: { width: number; height: number }, shownWidth: number) {
  vi.stubGlobal("innerWidth", window.width);
  vi.stubGlobal("innerHeight", window.height);
  const image: PaImage = document.createElement("pa-image");
  document.body.append(image);
  await image.updateComplete;
  const small = image.renderRoot.querySelector(".picture img")!;
  for (const [name, value] of Object.entries({
    naturalWidth: 800,
    naturalHeight: 600,
    clientWidth: shownWidth,
  })) {
    Object.defineProperty(small, name, { value });
  }
  await press(image, ".picture");
  return image;
}

async function press(image: PaImage, selector: string): Promise<void> {
  image.renderRoot.querySelector<HTMLElement>(selector)!.click();
  await image.updateComplete;
}

function zoomed(image: PaImage): boolean {
  return image.renderRoot.querySelector(".zoomed") !== null;
}

function dialog(image: PaImage): HTMLDialogElement {
  return image.renderRoot.querySelector("dialog")!;
}

test.each([
  ["a phone", { width: 360, height: 740 }, 314, true],
  ["a phone on its side", { width: 740, height: 360 }, 420, true],
  ["a small tablet", { width: 600, height: 900 }, 540, true],
  ["a wide screen", { width: 1280, height: 800 }, 560, false],
])("a picture gets larger when it is enlarged on %s", async (_, window, shownWidth, isZoomed) => {
  const image = await enlarged(window, shownWidth);

  expect(dialog(image).open).toBe(true);
  expect(zoomed(image)).toBe(isZoomed);
});

test("a press on the enlarged picture zooms in and out, and keeps it open", async () => {
  const image = await enlarged({ width: 1280, height: 800 }, 560);

  await press(image, "dialog img");
  expect(zoomed(image)).toBe(true);
  await press(image, "dialog img");

  expect(zoomed(image)).toBe(false);
  expect(dialog(image).open).toBe(true);
});

test.each([".icon[aria-label=Close]", "dialog"])("%s closes the picture", async (selector) => {
  const image = await enlarged({ width: 1280, height: 800 }, 560);

  await press(image, selector);

  expect(dialog(image).open).toBe(false);
});

test("a picture that is removed before it is drawn keeps its drawing, and makes no URL", async () => {
  let made = 0;
  const valid = new Set<string>();
  URL.createObjectURL = () => {
    const url = `blob:${(made += 1)}`;
    valid.add(url);
    return url;
  };
  URL.revokeObjectURL = (url) => void valid.delete(url);
  const image: PaImage = document.createElement("pa-image");
  image.drawing = "<svg xmlns='http://www.w3.org/2000/svg'></svg>";
  document.body.append(image);
  image.remove();

  await image.updateComplete;
  image.renderRoot.querySelector("img")!.dispatchEvent(new Event("error"));
  await image.updateComplete;
  image.blob = new Blob(["other"]);
  await image.updateComplete;
  expect([image.drawing === null, made, valid.size]).toEqual([false, 1, 0]);

  document.body.append(image);
  await image.updateComplete;
  const { src } = image.renderRoot.querySelector("img")!;
  expect([...valid]).toEqual([src]);
});
