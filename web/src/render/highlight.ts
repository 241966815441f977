/** Highlights source code. */
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import sql from "highlight.js/lib/languages/sql";
import { css } from "lit";
import { sanitize } from "./sanitize";

for (const [name, language] of Object.entries({ bash, javascript, json, python, sql })) {
  hljs.registerLanguage(name, language);
}

/** Code that is longer in one piece stays plain, because highlighting it would block the page. */
export const HIGHLIGHT_CHARS = 8_000;

/** Returns `code` as HTML text; escaped and plain when the language is unknown. */
export function highlightHtml(code: string, language: string): string {
  return marksIn(code, language)?.value ?? escapeHtml(code);
}

/** Returns `code` as DOM, and whether it ends inside something: a text in quotes, a comment. */
export function highlight(code: string, language: string): { root: Node; open: boolean } {
  const marks = marksIn(code, language);
  if (!marks) return { root: document.createTextNode(code), open: false };
  return { root: sanitize(marks.value), open: Boolean((marks._top as Mode)?.parent) };
}

/** A mode of highlight.js; only the outermost has no parent. */
type Mode = { parent?: unknown } | undefined;

function marksIn(code: string, language: string) {
  if (code.length > HIGHLIGHT_CHARS || !hljs.getLanguage(language)) return null;
  return hljs.highlight(code, { language, ignoreIllegals: true });
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export const highlightStyles = css`
  .hljs-comment,
  .hljs-quote {
    color: light-dark(#6b6a64, #96938a);
    font-style: italic;
  }
  .hljs-keyword,
  .hljs-selector-tag,
  .hljs-literal {
    color: light-dark(#9b2393, #e08bd8);
  }
  .hljs-string,
  .hljs-regexp,
  .hljs-char {
    color: light-dark(#1a6b32, #9ad08f);
  }
  .hljs-number,
  .hljs-symbol {
    color: light-dark(#a24a00, #f0a96b);
  }
  .hljs-title,
  .hljs-attr,
  .hljs-meta {
    color: light-dark(#1f52b8, #8fb4ff);
  }
  .hljs-built_in,
  .hljs-type,
  .hljs-variable {
    color: light-dark(#0f6674, #7cc7d4);
  }
  .hljs-subst,
  .hljs-params {
    color: inherit;
  }
`;
