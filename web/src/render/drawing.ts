/** Finds an SVG drawing that was given as text. */
import { parseDrawing } from "../trusted";

const SVG = "http://www.w3.org/2000/svg";
/** The number of characters in which the drawing has to begin. */
const HEAD_CHARS = 2_000;
/** A longer text is no drawing. */
const MOST_CHARS = 3_000_000;
/** Matches a fence of Markdown around the whole text. */
const FENCE = /^```\w*\n([^]*?)\n?```$/;
/** Matches what may stand before the drawing, and its first tag. */
const HEAD = /^(?:\s|<\?xml[^>]*>|<!DOCTYPE[^>]*>|<!--(?:(?!-->)[^])*-->)*<svg[\s>]/i;

/** Returns the drawing, ready for a file, if `text` is nothing else; null otherwise, and also if it
 *  is broken. */
export function drawingIn(text: string): string | null {
  if (text.length > MOST_CHARS) return null;
  const trimmed = text.trim();
  const drawing = (FENCE.exec(trimmed)?.[1] ?? trimmed).trim();
  if (!drawing.endsWith("</svg>") || !HEAD.test(drawing.slice(0, HEAD_CHARS))) return null;
  // Without a namespace it is a drawing inside a page, but not as a file.
  const named = drawing.replace(/<svg(?=[\s>])/i, `<svg xmlns="${SVG}"`);
  return [drawing, named].find(isDrawing) ?? null;
}

function isDrawing(text: string): boolean {
  const { documentElement } = parseDrawing(text);
  return documentElement.namespaceURI === SVG && documentElement.localName === "svg";
}
