/**
 * Finds cells of a CSV file that a spreadsheet program would run as formulas. The file may come from
 * anywhere: a model, a page, a table of a stranger. It works on bytes, so that any encoding that
 * contains ASCII keeps its text; the cost is linear in the file.
 *
 * Which character separates cells depends on the program, its language and the file's first line.
 * A quotation mark means something only at the start of a cell. So each separator is tried.
 */

const [TAB, LF, CR, SPACE, QUOTE] = [9, 10, 13, 32, 34];
const APOSTROPHE = 39;
const LINE_ENDS = [LF, CR];
const NOTHING: ReadonlySet<number> = new Set();
/** What ends the part of a cell in quotation marks: separators and line ends belong to it. */
const MARKS: ReadonlySet<number> = new Set([QUOTE]);
/** Those that programs take unasked: "," or ";" by their language, or several at once. */
const TRIED = [...codes(",;"), TAB];
const ALL = [...codes(",;|"), TAB];
const STARTS = new Set(codes("=+-@"));
const SIGNS = new Set(codes("+-"));
/** The last of the three bytes of the same signs in full width, ＝＋－＠. */
const WIDE_STARTS = new Set([0x9d, 0x8b, 0x8d, 0xa0]);
const NUMBER = /^[+-]\s*[\d.,\s']*\d[\d.,\s']*(?:e[+-]?\d+)?\s*[%€$£]?$/i;
const MOST_NUMBER_BYTES = 64;
/** What calls something: a function, another program, a cell of another sheet. */
const CALLS = new Set(codes("(|!"));
const MOST_FORMULA_BYTES = 8192;

/** Returns the bytes of a file in UTF-16 as UTF-8, and those of any other file as they are. */
export function inBytes(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const [first, second] = bytes;
  const isLittle = (first === 0xff && second === 0xfe) || second === 0;
  const isBig = (first === 0xfe && second === 0xff) || first === 0;
  if (!isLittle && !isBig) return bytes;
  const text = new TextDecoder(isBig ? "utf-16be" : "utf-16le").decode(bytes);
  return new TextEncoder().encode(`\ufeff${text}`);
}

/** Returns where the formulas begin, as positions in `bytes`. */
export function formulasIn(bytes: Uint8Array): number[] {
  const named = namedSeparator(bytes);
  const found = new Set(cellsThatRun(bytes, [...ALL, ...named], true));
  if (!bytes.includes(QUOTE)) return [...found]; // with any one separator it would be less
  for (const one of new Set([...TRIED, ...named])) {
    if (!bytes.includes(one)) continue;
    for (const at of cellsThatRun(bytes, [one], named.includes(one))) found.add(at);
  }
  return [...found].sort((one, other) => one - other);
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

/** Where formulas begin if these are the separators. With `anySign`, every "+" and "-" that begins no
 *  number counts; otherwise only one with a call, because lists in a text begin with them too. */
function* cellsThatRun(
  bytes: Uint8Array,
  separators: readonly number[],
  anySign: boolean,
): Iterable<number> {
  const ends = new Set([...separators, ...LINE_ENDS]);
  /** `within` is what ends the part of the cell that begins here. */
  const runs = (at: number, within: ReadonlySet<number>) =>
    !ends.has(bytes[at]!) &&
    startsFormula(bytes, at, within, ends) &&
    (anySign || !SIGNS.has(bytes[at]!) || callsSomething(bytes, at, within));
  let at = 0;
  while (at < bytes.length) {
    at = afterBlanks(bytes, at, ends);
    if (bytes[at] !== QUOTE) {
      if (runs(at, ends)) yield at;
    } else {
      const start = at + 1;
      const first = afterBlanks(bytes, start, NOTHING);
      at = afterQuotes(bytes, start);
      if (runs(first, MARKS)) {
        yield start;
      } else if (first === at - 1) {
        // A cell whose quotation marks hold nothing begins behind them.
        at = afterBlanks(bytes, at, ends);
        if (runs(at, ends)) yield at;
      }
    }
    at = afterCell(bytes, at, ends) + 1;
  }
}

/** The separator that the first line names, as spreadsheet programs read it: "sep=^". */
function namedSeparator(bytes: Uint8Array): number[] {
  const line = String.fromCharCode(...bytes.subarray(0, 12)).replace(/^\xef\xbb\xbf/, "");
  const named = /^"?sep=([^\r\n])"?[\r\n]/i.exec(line)?.[1];
  return named === undefined ? [] : codes(named);
}

/** Returns the position after what programs may pass over at the start of a cell: white space,
 *  control characters, and characters without a width. */
function afterBlanks(bytes: Uint8Array, from: number, ends: ReadonlySet<number>): number {
  let at = from;
  for (;;) {
    const length = ends.has(bytes[at]!) ? 0 : blankLength(bytes, at);
    if (length === 0) return at;
    at += length;
  }
}

function blankLength(bytes: Uint8Array, at: number): number {
  const [first, second, third] = [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!];
  if (first <= SPACE || first === 0x7f || first === 0xa0) return 1;
  if (first === 0xc2 && (second === 0xa0 || second === 0x85)) return 2;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 3;
  if (first === 0xe3 && second === 0x80 && third === 0x80) return 3;
  if (first !== 0xe2) return 0;
  const isWithoutWidth = second === 0x81 && third >= 0xa0 && third <= 0xa4;
  const isSpace = second === 0x80 && (third <= 0x8f || (third >= 0xa8 && third <= 0xaf));
  return isSpace || isWithoutWidth ? 3 : 0;
}

function startsFormula(
  bytes: Uint8Array,
  at: number,
  within: ReadonlySet<number>,
  ends: ReadonlySet<number>,
): boolean {
  if (bytes[at] === 0xef && bytes[at + 1] === 0xbc) return WIDE_STARTS.has(bytes[at + 2]!);
  return STARTS.has(bytes[at]!) && !isNumber(bytes, at, within, ends);
}

/** Whether the cell is a number with a sign. One that does not end soon is none. */
function isNumber(
  bytes: Uint8Array,
  at: number,
  within: ReadonlySet<number>,
  ends: ReadonlySet<number>,
): boolean {
  let end = at;
  while (!endsPart(bytes, end, within)) if (end++ - at >= MOST_NUMBER_BYTES) return false;
  const text = String.fromCharCode(...bytes.subarray(at, end));
  return NUMBER.test(text) && endsCell(bytes, end, ends);
}

/** Whether the cell calls something. One that does not end soon may. */
function callsSomething(bytes: Uint8Array, at: number, ends: ReadonlySet<number>): boolean {
  for (let end = at; !ends.has(bytes[end]!); end++) {
    if (end >= bytes.length) return false;
    if (CALLS.has(bytes[end]!) || end - at >= MOST_FORMULA_BYTES) return true;
  }
  return false;
}

/** Whether a cell ends here, or its part in quotation marks. */
function endsPart(bytes: Uint8Array, at: number, ends: ReadonlySet<number>): boolean {
  return at >= bytes.length || bytes[at] === QUOTE || ends.has(bytes[at]!);
}

/** Whether the cell ends here. What follows a quotation mark belongs to it as well. */
function endsCell(bytes: Uint8Array, from: number, ends: ReadonlySet<number>): boolean {
  if (bytes[from] !== QUOTE) return true;
  let at = from + 1;
  while (bytes[at] === SPACE) if (at++ - from >= MOST_NUMBER_BYTES) return false;
  return at >= bytes.length || ends.has(bytes[at]!);
}

/** Returns the position of the separator that ends the cell. */
function afterCell(bytes: Uint8Array, from: number, ends: ReadonlySet<number>): number {
  let at = from;
  while (at < bytes.length && !ends.has(bytes[at]!)) at++;
  return at;
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

function codes(text: string): number[] {
  return [...text].map((one) => one.charCodeAt(0));
}
