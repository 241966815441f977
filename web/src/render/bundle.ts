/** Chooses which form of a MIME bundle the page shows. */
import type { Bundle } from "../protocol";
import { drawingIn } from "./drawing";
import { bytesOf, isQuickPicture } from "./pictures";
import { jsonStart } from "./json_text";
import { readTable, tableOfRecords, withAllRows } from "./table";
import type { Table } from "./table";
import { hasOpenColours, withColours } from "./themed";

export type View =
  | { kind: "table"; table: Table }
  /** `drawing` is SVG that is shown in place of the picture; null to show the picture itself. */
  | { kind: "image"; blob: Blob; extension: string; drawing: string | null }
  | { kind: "html"; html: string }
  /** Something too large to draw, as a download. */
  | { kind: "file"; blob: Blob; extension: string }
  | { kind: "markdown"; text: string }
  /** `whole` returns all of a text of which only the start is shown. */
  | { kind: "json"; text: string; whole?: () => string }
  | { kind: "text"; text: string };

const SVG = "image/svg+xml";
const RASTERS = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** A larger picture or page is a download. */
const MOST_DRAWN_BYTES = 20_000_000;
const MOST_DRAWN_HTML_CHARS = 5_000_000;
/** Of a picture that came in both forms, a longer drawing is not shown. */
const MOST_DRAWING_CHARS = 1_000_000;
/** The most characters of JSON that are shown. */
const MOST_JSON_CHARS = 100_000;

const views = new WeakMap<Bundle, View>();
const drawings = new WeakMap<Bundle, View>();
const wholeTables = new WeakMap<object, View>();

/** Returns the richest form that can be shown, or else text. The same bundle gives the same object,
 *  so that a picture is not loaded again when something beside it changes. */
export function viewOf(bundle: Bundle): View {
  const known = views.get(bundle);
  if (known) return known;
  const view = chooseView(bundle);
  views.set(bundle, view);
  return view;
}

function chooseView(bundle: Bundle): View {
  const table = readTable(bundle["application/vnd.dataresource+json"]);
  if (table) return { kind: "table", table };
  const image = imageIn(bundle);
  if (image) return image;
  const html = bundle["text/html"];
  if (typeof html === "string") return viewOfHtml(html);
  const markdown = bundle["text/markdown"];
  if (typeof markdown === "string") return { kind: "markdown", text: markdown };
  if (bundle["application/json"] !== undefined) return viewOfJson(bundle["application/json"]);
  return { kind: "text", text: String(bundle["text/plain"] ?? "") };
}

/** Returns how to show an answer: text as Markdown or as the drawing that it holds, structured
 *  values as tables or JSON. */
export function viewOfAnswer(output: unknown, bundle: Bundle | null): View | null {
  if (typeof output === "string") return viewOfText(output, bundle);
  const view = bundle ? viewOf(bundle) : null;
  if (view?.kind === "table") return tableView(view, output);
  if (view && view.kind !== "text") return view;
  if (typeof output === "object" && output !== null) return viewOfJson(output);
  const text = view?.text ?? (output === null || output === undefined ? "" : String(output));
  return text ? { kind: "text", text } : null;
}

function viewOfText(text: string, bundle: Bundle | null): View {
  const known = bundle && drawings.get(bundle);
  if (known) return known;
  const drawing = drawingIn(text);
  if (drawing === null) return { kind: "markdown", text };
  const view = chooseView({ "image/svg+xml": drawing });
  if (bundle) drawings.set(bundle, view);
  return view;
}

/** Returns the view of a table with all rows of the answer, of which the bundle has the first. */
function tableView(view: View & { kind: "table" }, output: unknown): View {
  if (typeof output !== "object" || output === null) return view;
  const known = wholeTables.get(output);
  if (known) return known;
  const whole: View = { kind: "table", table: withAllRows(view.table, output) };
  wholeTables.set(output, whole);
  return whole;
}

function viewOfJson(value: unknown): View {
  const table = tableOfRecords(value);
  if (table) return { kind: "table", table };
  const { text, whole } = jsonStart(value, MOST_JSON_CHARS);
  return whole
    ? { kind: "json", text }
    : { kind: "json", text, whole: () => JSON.stringify(value, null, 2) };
}

function viewOfHtml(html: string): View {
  if (html.length <= MOST_DRAWN_HTML_CHARS) return { kind: "html", html };
  return { kind: "file", blob: new Blob([html], { type: "text/html" }), extension: "html" };
}

/** Returns the picture in a bundle. One that came as pixels too is saved as these. */
function imageIn(bundle: Bundle): View | null {
  const svg = bundle[SVG];
  const drawing = typeof svg === "string" ? svg : null;
  for (const type of RASTERS) {
    const data = bundle[type];
    const bytes = typeof data === "string" ? bytesOf(data) : null;
    if (!bytes) continue; // it is not base64, so another form is shown
    const blob = new Blob([bytes], { type });
    const isShort = drawing !== null && drawing.length <= MOST_DRAWING_CHARS;
    const shown = isShort && isQuickPicture(SVG, drawing) ? drawing : null;
    const isQuick = shown !== null || isQuickPicture(type, data as string);
    return imageView(blob, type.slice(6), { drawing: shown, isQuick });
  }
  if (drawing === null) return null;
  const blob = new Blob([withColours(drawing, null)], { type: SVG });
  const open = hasOpenColours(drawing) ? drawing : null;
  return imageView(blob, "svg", { drawing: open, isQuick: isQuickPicture(SVG, drawing) });
}

function imageView(
  blob: Blob,
  extension: string,
  { drawing, isQuick }: { drawing: string | null; isQuick: boolean },
): View {
  if (blob.size > MOST_DRAWN_BYTES || !isQuick) return { kind: "file", blob, extension };
  return { kind: "image", blob, extension, drawing };
}
