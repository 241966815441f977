/**
 * Takes out of a page what makes a browser look up a name or connect to a server. No policy forbids
 * that, and it carries data out: `<link rel="dns-prefetch" href="//data.example">`.
 */

/** An element begins with its name in this spelling and in no other, wherever it is in a page, so
 *  replacing the text is enough. Frames are among them, as they can hold such a page in an attribute. */
const NAMING =
  /<(\/?)(?:(link|meta|base|embed|frame)|(?:iframe|object|frameset|portal|fencedframe))(?=[\s/>])/gi;

/** Switches off that a browser looks up the names in links ahead. */
const NOT_AHEAD = '<meta http-equiv="x-dns-prefetch-control" content="off">';

/** Returns the page without these elements. A void element becomes another void element. */
export function quiet(html: string): string {
  const replaced = html.replace(
    NAMING,
    (_, end: string, isVoid?: string) => `<${end}${isVoid ? "wbr" : "div"}`,
  );
  return NOT_AHEAD + replaced;
}
