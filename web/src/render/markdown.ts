/** Turns the Markdown of models, tools and files into DOM.
 *
 *  HTML in it is shown as text. Images are shown as links, because an image that loads by itself
 *  could carry data out. A link shows its whole address. */
import { Marked } from "marked";
import type { Token, Tokens } from "marked";
import * as bounded from "./bounded_lexer";
import type { Definitions } from "./bounded_lexer";
import { escapeHtml, highlightHtml } from "./highlight";
import { mathBlock, mathInText } from "./math_syntax";
import { sanitize } from "./sanitize";

/** The most blocks of a text that is drawn as Markdown. */
export const MOST_BLOCKS = 3_000;

export type { Definitions };

const marked = new Marked({
  gfm: true,
  extensions: [mathInText, mathBlock],
  renderer: {
    html: ({ text }: Tokens.HTML | Tokens.Tag) => escapeHtml(text),
    image: ({ href, text }: Tokens.Image) => linkHtml(href, `Image: ${escapeHtml(text || href)}`),
    link({ href, text, tokens }: Tokens.Link) {
      return linkHtml(href, text === href ? "" : this.parser.parseInline(tokens));
    },
    code({ text, lang = "" }: Tokens.Code) {
      return `<pre><code>${highlightHtml(text, languageOf(lang))}</code></pre>`;
    },
    checkbox: ({ checked }: Tokens.Checkbox) => (checked ? "☑ " : "☐ "),
    table(token: Tokens.Table) {
      const cells = (row: Tokens.TableCell[]) => row.map((cell) => this.tablecell(cell)).join("");
      const rows = token.rows.map((row) => this.tablerow({ text: cells(row) })).join("");
      const head = this.tablerow({ text: cells(token.header) });
      return `<div class="table"><table><thead>${head}</thead><tbody>${rows}</tbody></table></div>`;
    },
  },
});

const aliases: Record<string, string> = { js: "javascript", py: "python", sh: "bash" };

/** Returns the language of a block of code, empty when it has none; null for any other block. */
export function codeLanguage(block: Token): string | null {
  return block.type === "code" ? languageOf((block as Tokens.Code).lang ?? "") : null;
}

function languageOf(lang: string): string {
  const language = lang.match(/^\w+/)?.[0].toLowerCase() ?? "";
  return aliases[language] ?? language;
}

/** Returns the addresses of links that `text` defines in places of their own. */
export function definitionsIn(text: string): Definitions {
  return text.includes("]:") ? bounded.definitionsIn(text, marked.defaults) : {};
}

/** Returns the top-level blocks of `text`, each with its source in `raw` and its start. */
export function blocks(
  text: string,
  definitions: Definitions = {},
): { token: Token; offset: number }[] {
  let offset = 0;
  const all = bounded.lexBounded(text, marked.defaults, definitions).map((token) => {
    const block = { token, offset };
    offset += token.raw.length;
    return block;
  });
  return all.filter(({ token }) => token.type !== "space");
}

/** Returns an element for each block. All together take one call of the sanitiser, which is slow to
 *  begin. */
export function renderBlocks(found: readonly Token[]): HTMLElement[] {
  const html = found.map((block) => `<div>${marked.parser([block])}</div>`);
  return [...sanitize(html.join("")).children] as HTMLElement[];
}

export function renderMarkdown(text: string): DocumentFragment {
  return sanitize(marked.parser(bounded.lexBounded(text, marked.defaults)));
}

function linkHtml(href: string, label: string): string {
  const address = escapeHtml(href);
  const whole = `<span class="address">${address}</span>`;
  return label
    ? `<a href="${address}">${label}</a> ${whole}`
    : `<a href="${address}">${address}</a>`;
}
