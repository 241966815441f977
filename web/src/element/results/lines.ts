/** Draws a long text in blocks of lines. The browser lays out only the blocks in view, and a text
 *  that grows changes only its last one. */
import { css, html } from "lit";

const BLOCK_LINES = 100;

/** Returns the blocks of a text, each with its line break but the last. */
export function blocksOfLines(text: string): string[] {
  const blocks: string[] = [];
  let start = 0;
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
    lines += 1;
    if (lines < BLOCK_LINES) continue;
    blocks.push(text.slice(start, at + 1));
    start = at + 1;
    lines = 0;
  }
  if (start < text.length || !blocks.length) blocks.push(text.slice(start));
  return blocks;
}

/** Draws a text inside a `pre`. */
export function linesOf(text: string) {
  const blocks = blocksOfLines(text);
  if (blocks.length === 1) return text;
  return blocks.map((block) => html`<span class="lines">${block}</span>`);
}

export const linesStyles = css`
  .lines {
    display: block;
    min-width: 100%;
    width: max-content;
    content-visibility: auto;
    /* 100 lines */
    contain-intrinsic-block-size: auto 150em;
  }
  .lines:last-of-type {
    content-visibility: visible;
  }
`;
