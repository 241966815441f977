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

let last = { text: "", reply: { thought: "", code: null } as PartialReply };

/** Splits at the first code block. The agent's own reading of the finished reply replaces it. */
export function splitReply(text: string): PartialReply {
  // Several parts of the screen ask for the same text.
  if (text !== last.text) last = { text, reply: split(text) };
  return last.reply;
}

function split(text: string): PartialReply {
  const opening = OPENING.exec(text);
  if (!opening) return { thought: text.replace(UNFINISHED, ""), code: null };
  const rest = text.slice(opening.index + opening[0].length);
  const closing = CLOSING.exec(rest);
  const code = closing ? rest.slice(0, closing.index) : rest.replace(UNFINISHED, "");
  return { thought: text.slice(0, opening.index).trimEnd(), code };
}
