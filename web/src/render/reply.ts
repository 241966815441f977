/** Splits a model's reply, while it streams, into what it says and the code that it has begun. */

export interface PartialReply {
  thought: string;
  /** Null before the code has begun. */
  code: string | null;
}

const OPENING = /(?:^|\n)[ \t]*```(?:python|py)?[ \t]*\n|<code>\s*/i;
const CLOSING = /\n[ \t]*```|<\/code>/i;
/** Matches a fence or tag that has not fully arrived; it is not shown. */
const UNFINISHED = /(?:^|\n)[ \t]*`{1,3}[a-z]*$|<\/?(?:c(?:o(?:d(?:e)?)?)?)?$/i;
/** Matches the start of a reply as JSON; the JSON around the code is not shown. */
const STRUCTURED = /^\s*(?:```json\s*)?\{\s*(?:"(?:thought|code)"|(?:"[a-z]{0,7})?$)/;
const THOUGHT = /"thought"\s*:\s*"((?:[^"\\]|\\.)*)/s;
const CODE = /"code"\s*:\s*"((?:[^"\\]|\\.)*)/s;
/** Matches an escape that has not fully arrived. */
const UNFINISHED_ESCAPE = /\\u[0-9a-f]{0,3}$/i;

let last = { text: "", reply: { thought: "", code: null } as PartialReply };

/** Splits at the first code block. The agent's own parse of the finished reply replaces this. */
export function splitReply(text: string): PartialReply {
  // Several components ask for the same text.
  if (text !== last.text) last = { text, reply: split(text) };
  return last.reply;
}

function split(text: string): PartialReply {
  if (STRUCTURED.test(text)) {
    return { thought: fieldOf(text, THOUGHT) ?? "", code: fieldOf(text, CODE) };
  }
  const opening = OPENING.exec(text);
  if (!opening) return { thought: text.replace(UNFINISHED, ""), code: null };
  const rest = text.slice(opening.index + opening[0].length);
  const closing = CLOSING.exec(rest);
  const code = closing ? rest.slice(0, closing.index) : rest.replace(UNFINISHED, "");
  return { thought: text.slice(0, opening.index).trimEnd(), code };
}

/** Returns the text of a field so far; null before it has begun. */
function fieldOf(json: string, field: RegExp): string | null {
  const raw = field.exec(json)?.[1]?.replace(UNFINISHED_ESCAPE, "");
  if (raw === undefined) return null;
  try {
    return JSON.parse(`"${raw.replaceAll("\n", "\\n")}"`) as string;
  } catch {
    return raw; // small models write escapes that JSON does not know
  }
}
