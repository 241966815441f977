/** Draws a long text in blocks of lines. The browser lays out only the blocks in view, and a text
 *  that grows changes only its last one. */
import { css, html } from "lit";
import { styleMap } from "lit/directives/style-map.js";

const BLOCK_LINES = 100;
/** The most characters of a block whose lines wrap. Laying out one line of 100,000 characters takes
 *  the time of several frames. */
const WRAPPED_CHARS = 10_000;
/** About so many characters fit into a line. */
const LINE_CHARS = 90;

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

/** Draws a text inside a `pre` whose lines wrap. A very long line wraps at the end of a block too. */
export function wrappedLinesOf(text: string) {
  const blocks = wrappedBlocks(text);
  if (blocks.length === 1) return text;
  return blocks.map((block) => {
    const height = styleMap({ "--lines": String(Math.ceil(block.length / LINE_CHARS)) });
    return html`<span class="lines wrapped" style=${height}>${block}</span>`;
  });
}

/** Returns the blocks of a text, which end after a line, after a word or, if need be, in one. */
export function wrappedBlocks(text: string): string[] {
  const blocks: string[] = [];
  let start = 0;
  while (text.length - start > WRAPPED_CHARS) {
    const part = text.slice(start, start + WRAPPED_CHARS);
    const cut = [part.lastIndexOf("\n") + 1, part.lastIndexOf(" ") + 1].find(Boolean);
    blocks.push(part.slice(0, cut ?? wholeSigns(part)));
    start += blocks.at(-1)!.length;
  }
  return [...blocks, text.slice(start)];
}

/** Returns the length of a text without half a character at its end. */
function wholeSigns(text: string): number {
  return text.length - (/[\uD800-\uDBFF]$/.test(text) ? 1 : 0);
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
  .wrapped {
    width: auto;
    contain-intrinsic-block-size: auto calc(var(--lines) * 1.5em);
  }
`;
