/** Reads Markdown in bounded time. Emphasis takes time in the square of its signs, and quotes and
 *  lists in lists take more with every level; a hostile text of 80 kB took 16 s. A part that would
 *  take too long stays plain text. */
import { Lexer, Tokenizer } from "marked";
import type { MarkedOptions, Token, TokensList } from "marked";

/** The most levels of quotes and lists. */
const MOST_DEPTH = 12;
/** The most signs times characters of a text with emphasis, links and code. 10,000 characters may
 *  have 200 signs. */
const MOST_WORK = 2_000_000;
/** The time after which the rest of a text stays plain. */
const MOST_MS = 300;
const SIGNS = /[*_~`[\]<>!$\\&@]/g;

/** The most definitions of addresses in a text, and the most characters of one. */
const MOST_DEFINITIONS = 1_000;
const DEFINITION_CHARS = 2_000;

/** Addresses of links that a text defines in places of their own, by name. */
export type Definitions = TokensList["links"];

/** Returns the tokens of a text, the last of which may be plain. */
export function lexBounded(
  text: string,
  options: MarkedOptions,
  definitions: Definitions = {},
): TokensList {
  const lexer = new BoundedLexer(options);
  Object.assign(lexer.tokens.links, definitions);
  return lexer.lex(text);
}

/** Returns the addresses that a text defines. */
export function definitionsIn(text: string, options: MarkedOptions): Definitions {
  const tokenizer = new Tokenizer(options);
  const { links } = new BoundedLexer({ ...options, tokenizer }).tokens; // which gives it its rules
  let count = 0;
  for (const { index } of text.matchAll(/^ {0,3}\[[^\]\n]{1,999}\]:/gm)) {
    if (++count > MOST_DEFINITIONS) break;
    const found = tokenizer.def(text.slice(index, index + DEFINITION_CHARS));
    if (found) links[found.tag] ??= { href: found.href, title: found.title };
  }
  return links;
}

class BoundedLexer extends Lexer {
  private readonly deadline = performance.now() + MOST_MS;
  private depth = 0;

  override blockTokens(
    source: string,
    tokens?: Token[],
    lastParagraphClipped?: boolean,
  ): TokensList;
  override blockTokens(source: string, tokens: Token[] = [], clipped = false): Token[] {
    if (this.depth >= MOST_DEPTH || performance.now() > this.deadline) {
      if (source) tokens.push(plain(source));
      return tokens;
    }
    this.depth += 1;
    try {
      return super.blockTokens(source, tokens, clipped);
    } finally {
      this.depth -= 1;
    }
  }

  override inlineTokens(source: string, tokens: Token[] = []): Token[] {
    const work = (source.match(SIGNS)?.length ?? 0) * source.length;
    if (work > MOST_WORK || performance.now() > this.deadline) {
      if (source) tokens.push(plain(source));
      return tokens;
    }
    return super.inlineTokens(source, tokens);
  }
}

function plain(text: string): Token {
  return { type: "text", raw: text, text, escaped: false };
}
