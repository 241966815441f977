/** A model's reply while it still streams: what it says, and the code it has begun. */

export interface PartialReply {
  thought: string;
  /** Null before the code has begun. */
  code: string | null;
}

const OPENING = /(?:^|\n)[ \t]*```(?:python|py)?[ \t]*\n|<code>\s*/i;
const CLOSING = /\n[ \t]*```|<\/code>/i;
/** A fence or tag that has not arrived whole is not shown. */
const UNFINISHED = /(?:^|\n)[ \t]*`{1,3}[a-z]*$|<\/?(?:c(?:o(?:d(?:e)?)?)?)?$/i;
/** A reply as JSON, from its first brace on: what the code is to stand in is not shown. */
const STRUCTURED = /^\s*(?:```json\s*)?\{\s*(?:"(?:thought|code)"|(?:"[a-z]{0,7})?$)/;
const THOUGHT = /"thought"\s*:\s*"((?:[^"\\]|\\.)*)/s;
const CODE = /"code"\s*:\s*"((?:[^"\\]|\\.)*)/s;
/** An escape that has not arrived whole. */
const UNFINISHED_ESCAPE = /\\u[0-9a-f]{0,3}$/i;

let last = { text: "", reply: { thought: "", code: null } as PartialReply };

/** Splits at the first code block. The agent's own reading of the finished reply replaces it. */
export function splitReply(text: string): PartialReply {
  // Several parts of the screen ask for the same text.
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

/** The text of a field, as far as it has come; null before it has begun. */
function fieldOf(json: string, field: RegExp): string | null {
  const raw = field.exec(json)?.[1]?.replace(UNFINISHED_ESCAPE, "");
  if (raw === undefined) return null;
  try {
    return JSON.parse(`"${raw.replaceAll("\n", "\\n")}"`) as string;
  } catch {
    return raw; // small models write escapes that JSON does not know
  }
}
