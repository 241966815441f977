/**
 * Finds cells of a CSV file that a spreadsheet program would run as formulas. The file may come from
 * anywhere: a model, a page, a table of a stranger. It works on bytes, so that any encoding that
 * contains ASCII keeps its text; the cost is linear in the file.
 */

const [TAB, LF, CR, SPACE, QUOTE] = [9, 10, 13, 32, 34];
const APOSTROPHE = 39;
const SEPARATORS = new Set([...",;|"].map((one) => one.charCodeAt(0)).concat(TAB, LF, CR));
const STARTS = new Set([..."=+-@"].map((one) => one.charCodeAt(0)));
/** The last of the three bytes of the same signs in full width, ＝＋－＠. */
const WIDE_STARTS = new Set([0x9d, 0x8b, 0x8d, 0xa0]);
const NUMBER = /^[+-]\s*[\d.,\s']*\d[\d.,\s']*(?:e[+-]?\d+)?\s*[%€$£]?$/i;
const MOST_NUMBER_BYTES = 64;

/** Returns where the formulas begin, as positions in `bytes`. */
export function formulasIn(bytes: Uint8Array): number[] {
  const found: number[] = [];
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (at < bytes.length) {
    while (bytes[at] === SPACE) at++;
    const quoted = bytes[at] === QUOTE;
    if (quoted) at++;
    const start = at;
    while (bytes[at] === SPACE) at++;
    if (startsFormula(bytes, at)) found.push(start);
    at = quoted ? afterQuotes(bytes, at) : at;
    while (at < bytes.length && !SEPARATORS.has(bytes[at]!)) at++;
    at++;
  }
  return found;
}

/** Returns the file with an apostrophe before each formula, which makes it text. */
export function asText(bytes: Uint8Array, formulas: readonly number[]): Uint8Array<ArrayBuffer> {
  const text = new Uint8Array(bytes.length + formulas.length);
  let from = 0;
  formulas.forEach((at, index) => {
    text.set(bytes.subarray(from, at), from + index);
    text[at + index] = APOSTROPHE;
    from = at;
  });
  text.set(bytes.subarray(from), from + formulas.length);
  return text;
}

function startsFormula(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] === 0xef && bytes[at + 1] === 0xbc) return WIDE_STARTS.has(bytes[at + 2]!);
  return STARTS.has(bytes[at]!) && !isNumber(bytes, at);
}

/** Whether the cell is a number with a sign. One that does not end soon is none. */
function isNumber(bytes: Uint8Array, at: number): boolean {
  let end = at;
  while (!endsPart(bytes, end)) if (end++ - at >= MOST_NUMBER_BYTES) return false;
  return NUMBER.test(String.fromCharCode(...bytes.subarray(at, end))) && endsCell(bytes, end);
}

/** Whether a cell ends here, or its part in quotation marks. */
function endsPart(bytes: Uint8Array, at: number): boolean {
  return at >= bytes.length || bytes[at] === QUOTE || SEPARATORS.has(bytes[at]!);
}

/** Whether the cell ends here. What follows a quotation mark belongs to it as well. */
function endsCell(bytes: Uint8Array, from: number): boolean {
  if (bytes[from] !== QUOTE) return true;
  let at = from + 1;
  while (bytes[at] === SPACE) if (at++ - from >= MOST_NUMBER_BYTES) return false;
  return at >= bytes.length || SEPARATORS.has(bytes[at]!);
}

/** Returns the position after the quotation mark that ends the cell; two in a row are one in it. */
function afterQuotes(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const end = bytes.indexOf(QUOTE, at);
    if (end < 0) return bytes.length;
    if (bytes[end + 1] !== QUOTE) return end + 1;
    at = end + 2;
  }
}
