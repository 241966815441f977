/**
 * Images that the page's tools return, as the MIME bundles in which images cross to the agent.
 * `HostTools` uses this. Whatever is no image stays as it is.
 */
import type { Json } from "../protocol";

const MAX_DEPTH = 8;
/** The names under which libraries keep a media type. MCP says `mimeType`. */
const TYPE_NAMES = ["mime", "mimeType", "media_type", "mediaType"];
const CHUNK = 0x8000;

/** Returns `value` with a bundle in place of each Blob, canvas, `ImageData`, `ImageBitmap` and
 *  `{mime, data}` of an image in it. Throws what a canvas throws that may not be read. */
export async function withImages(value: unknown, within: object[] = []): Promise<unknown> {
  if (typeof value !== "object" || value === null) return value;
  if (within.length > MAX_DEPTH || within.includes(value)) return value;
  const blob = await blobOf(value);
  if (blob !== null) return bundleOf(blob);
  const inside = [...within, value];
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== "object")) return value;
    return Promise.all(value.map((item) => withImages(item, inside)));
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const entries = Object.entries(value);
  if (entries.every(([, item]) => typeof item !== "object")) return value;
  return Object.fromEntries(
    await Promise.all(
      entries.map(async ([name, item]) => [name, await withImages(item, inside)] as const),
    ),
  );
}

/** The image that `value` is, or null if it is none. */
async function blobOf(value: object): Promise<Blob | null> {
  if (value instanceof Blob) return value.type.startsWith("image/") ? value : null;
  if (isA(value, "HTMLCanvasElement")) return ofCanvas(value as HTMLCanvasElement);
  if (isA(value, "OffscreenCanvas")) return (value as OffscreenCanvas).convertToBlob();
  if (isA(value, "ImageData")) {
    const pixels = value as ImageData;
    return drawn(pixels, (context) => context.putImageData(pixels, 0, 0));
  }
  if (isA(value, "ImageBitmap")) {
    const bitmap = value as ImageBitmap;
    return drawn(bitmap, (context) => context.drawImage(bitmap, 0, 0));
  }
  return described(value as Record<string, unknown>);
}

/** The image of an object that has its bytes as `data`. Text there is base64, which can cross. */
function described(value: Record<string, unknown>): Blob | null {
  const { data } = value;
  const type = TYPE_NAMES.map((name) => value[name]).find((named) => typeof named === "string");
  if (typeof type !== "string" || !type.startsWith("image/")) return null;
  const isBytes = data instanceof ArrayBuffer || ArrayBuffer.isView(data);
  return isBytes ? new Blob([data as BlobPart], { type }) : null;
}

async function bundleOf(blob: Blob): Promise<Json> {
  const type = blob.type.split(";", 1)[0] ?? blob.type;
  if (type === "image/svg+xml") return { "text/plain": "[image]", [type]: await blob.text() };
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let start = 0; start < bytes.length; start += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(start, start + CHUNK));
  }
  return { "text/plain": "[image]", [type]: btoa(text) };
}

function ofCanvas(canvas: HTMLCanvasElement): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob(resolve));
}

function drawn(
  { width, height }: { width: number; height: number },
  draw: (context: OffscreenCanvasRenderingContext2D) => void,
): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser cannot draw the image.");
  draw(context);
  return canvas.convertToBlob();
}

/** Whether `value` is of a class that not every place has. */
function isA(value: object, name: string): boolean {
  const found: unknown = (globalThis as Record<string, unknown>)[name];
  return typeof found === "function" && value instanceof found;
}
