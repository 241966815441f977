/** Finds TeX in Markdown: `$…$` and `\(…\)` in a line; `$$…$$`, `\[…\]` and some environments as
 *  blocks. It sets nothing: `math.ts` does.
 *
 *  A dollar sign is mostly money. As in pandoc, TeX begins with a sign that no space follows and ends
 *  with one that no space precedes and no letter or digit follows. */
import type { TokenizerAndRendererExtension, Tokens } from "marked";
import { escapeHtml } from "./highlight";

/** The most characters of a formula. */
const MOST_CHARS = 2_000;

const INLINE = [
  /^\$\$(?!\$)((?:[^$\\\n]|\\[^]|\n(?![ \t]*\n)){1,2000}?)\$\$(?!\$)/,
  /^\$(?![\s$])((?:[^$\\\n]|\\.){1,2000}?)(?<![\s])\$(?![\p{L}\p{N}$])/u,
  /^\\\(((?:[^\n\\]|\\[^)\n]){1,2000}?)\\\)/,
  /^\\\[((?:[^\\]|\\[^\]]){1,2000}?)\\\]/,
];
const BLOCK = [
  /^ {0,3}\$\$(?!\$)((?:[^$\\\n]|\\[^]|\n(?![ \t]*\n)){1,2000}?)\$\$[ \t]*(?:\n|$)/,
  /^ {0,3}\\\[((?:[^\\\n]|\\[^\]]|\n(?![ \t]*\n)){1,2000}?)\\\][ \t]*(?:\n|$)/,
  /^ {0,3}(\\begin\{((?:equation|align|alignat|gather|multline)\*?)\}(?:[^\\]|\\(?!end\{)[^]|\\end\{(?!\2\})){1,2000}?\\end\{\2\})[ \t]*(?:\n|$)/,
];
const BLOCK_START = /\n(?= {0,3}(?:\$\$|\\\[|\\begin\{))/g;
/** The most paragraphs of a text that a formula may end without an empty line. Markdown reads to the
 *  end of the paragraph again after each. */
const MOST_CUTS = 100;

interface Formula {
  tex: string;
  display: boolean;
}

/** Returns the TeX in a formula with its signs, and whether it stands alone. */
export function formulaIn(text: string): Formula {
  const raw = text.trim();
  const display = /^(?:\$\$|\\\[|\\begin)/.test(raw);
  if (raw.startsWith("\\begin")) return { tex: raw, display };
  const signs = raw.startsWith("$") && !display ? 1 : 2;
  return { tex: raw.slice(signs, -signs), display };
}

export const mathInText: TokenizerAndRendererExtension = {
  name: "mathInText",
  level: "inline",
  start: (source) => startOf(source, /\$|\\[([]/),
  tokenizer: (source) => tokenIn(source, INLINE, "mathInText"),
  renderer: ({ raw }: Tokens.Generic) => `<span class="math">${escapeHtml(raw)}</span>`,
};

export const mathBlock: TokenizerAndRendererExtension = {
  name: "mathBlock",
  level: "block",
  start(source) {
    const cuts = cutsOf.get(this.lexer) ?? 0;
    if (cuts >= MOST_CUTS) return undefined;
    // Only this far, because Markdown asks again at each paragraph.
    for (const { index } of source.slice(0, MOST_CHARS).matchAll(BLOCK_START)) {
      if (!tokenIn(source.slice(index + 1), BLOCK, "mathBlock")) continue;
      cutsOf.set(this.lexer, cuts + 1);
      return index;
    }
    return undefined;
  },
  tokenizer: (source) => tokenIn(source, BLOCK, "mathBlock"),
  renderer: ({ raw }: Tokens.Generic) => `<div class="math">${escapeHtml(raw.trim())}</div>`,
};

/** The number of paragraphs that a lexer has cut. */
const cutsOf = new WeakMap<object, number>();

function startOf(source: string, sign: RegExp): number | undefined {
  const at = source.search(sign);
  return at < 0 ? undefined : at;
}

function tokenIn(source: string, forms: readonly RegExp[], type: string) {
  if (!/^ {0,3}[$\\]/.test(source)) return undefined;
  for (const form of forms) {
    const found = form.exec(source);
    if (found && found[1]!.trim()) return { type, raw: found[0] };
  }
  return undefined;
}
