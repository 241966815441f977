/** Says which pictures can be drawn without holding up the page. A small file can take minutes: a
 *  drawing that repeats a part of itself, or 400 million pixels of one colour. */
import { parseDrawing } from "../trusted";

/** The most pixels: those of a large photograph. */
const MOST_PIXELS = 40_000_000;
/** The most characters and elements of a drawing, with those that it repeats. */
const MOST_SVG_CHARS = 3_000_000;
const MOST_ELEMENTS = 10_000;
/** The most elements of a drawing with filters, each of which takes as long as thousands. */
const MOST_FILTERED = 50;

/** Whether a picture is drawn in time. `data` is an SVG or base64. */
export function isQuickPicture(type: string, data: string): boolean {
  if (type === "image/svg+xml") return isQuickDrawing(data);
  const size = pixelSize(bytesOf(data.slice(0, 64_000)) ?? new Uint8Array());
  return !size || size.width * size.height <= MOST_PIXELS;
}

/** Returns the bytes in base64; null when it is something else. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> | null {
  const fast = Uint8Array as unknown as { fromBase64?(text: string): Uint8Array<ArrayBuffer> };
  try {
    if (fast.fromBase64) return fast.fromBase64(base64);
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

/** Returns what the head of a picture says of its size; null when that is not known. */
function pixelSize(bytes: Uint8Array): { width: number; height: number } | null {
  if (bytes.length < 32) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = String.fromCharCode(...bytes.subarray(0, 16));
  if (name.startsWith("\x89PNG")) return { width: view.getUint32(16), height: view.getUint32(20) };
  if (name.startsWith("GIF8")) {
    return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  }
  if (name.startsWith("\xff\xd8")) return jpegSize(view);
  if (name.slice(8, 16) === "WEBPVP8X") {
    const three = (at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16) + 1;
    return { width: three(24), height: three(27) };
  }
  return null; // the other kinds of WebP have at most 16,384 pixels a side
}

function jpegSize(view: DataView): { width: number; height: number } | null {
  for (let at = 2; at + 9 < view.byteLength; at += 2 + view.getUint16(at + 2)) {
    const [sign, kind] = [view.getUint8(at), view.getUint8(at + 1)];
    if (sign !== 0xff) return null;
    const isFrame = kind >= 0xc0 && kind <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(kind);
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
  }
  return null;
}

function isQuickDrawing(svg: string): boolean {
  if (svg.length > MOST_SVG_CHARS || /<!ENTITY/i.test(svg)) return false;
  if (svg.split("<").length > 2 * MOST_ELEMENTS + 2) return false; // also before it is parsed
  const { documentElement } = parseDrawing(svg);
  const elements = [...documentElement.querySelectorAll("*")];
  const styles = elements.filter(({ localName }) => localName === "style");
  const css = styles.map(({ textContent }) => textContent).join("\n");
  const filtered = /filter/i.test(css) || elements.some(isFiltered);
  const most = filtered ? MOST_FILTERED : MOST_ELEMENTS;
  if (elements.length > most || /url\(\s*["']?\s*data:\s*image\/svg/i.test(css)) return false;
  return (
    new Weights(documentElement, elements.length * idsIn(css).length).of(documentElement) <= most
  );
}

function isFiltered(element: Element): boolean {
  return [...element.attributes].some(
    ({ localName, value }) =>
      localName === "filter" || (localName === "style" && /filter/i.test(value)),
  );
}

function idsIn(text: string): string[] {
  return [...text.matchAll(/url\(\s*["']?#([^"')]+)/g)].map(([, id]) => id!);
}

/** Counts the elements that the browser draws for an element, with all that it repeats. */
class Weights {
  private readonly known = new Map<Element, number>();
  private readonly byId = new Map<string, Element>();

  /** `added` is what is repeated for all elements together. */
  constructor(
    root: Element,
    private readonly added: number,
  ) {
    for (const element of root.querySelectorAll("[id]")) {
      if (!this.byId.has(element.id)) this.byId.set(element.id, element);
    }
  }

  of(root: Element): number {
    return this.added + this.weigh(root, 0);
  }

  private weigh(element: Element, depth: number): number {
    const known = this.known.get(element);
    if (known !== undefined) return known;
    if (depth > 500) return Infinity;
    this.known.set(element, Infinity); // until it is known: a part that repeats itself has no end
    let weight = 1;
    for (const id of this.idsOf(element)) {
      const other = this.byId.get(id);
      if (other) weight += this.weigh(other, depth + 1);
    }
    for (const child of element.children) weight += this.weigh(child, depth + 1);
    if (this.holdsDrawing(element)) weight = Infinity;
    this.known.set(element, weight);
    return weight;
  }

  /** Returns the parts of the drawing that an element repeats. */
  private idsOf(element: Element): string[] {
    return [...element.attributes].flatMap(({ localName, value }) => {
      const link = localName === "href" && element.localName !== "a";
      if (link) return value.trim().startsWith("#") ? [value.trim().slice(1)] : [];
      return value.includes("url(") ? idsIn(value) : [];
    });
  }

  /** Whether an element shows another drawing, which is not looked at. */
  private holdsDrawing(element: Element): boolean {
    return [...element.attributes].some(({ value }) => /data:\s*image\/svg/i.test(value));
  }
}
