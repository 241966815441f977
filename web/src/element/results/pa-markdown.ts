/** Shows Markdown that may still grow. It renders only blocks whose text has changed. */
import { css, LitElement, nothing, render } from "lit";
import type { Token } from "marked";
import { customElement, property } from "lit/decorators.js";
import { highlightStyles } from "../../render/highlight";
import { blocks, MOST_BLOCKS, renderBlock } from "../../render/markdown";
import { setFormulas } from "../../render/math";
import { base } from "../look/theme";
import { mathStyles } from "./math_styles";
import { DRAWN_CHARS, restOf, restStyles } from "./rest";

interface Block {
  raw: string;
  node: HTMLElement;
  /** The start of the block in the text. */
  start: number;
}

@customElement("pa-markdown")
export class PaMarkdown extends LitElement {
  /** The Markdown, which is never trusted. */
  @property() text = "";
  /** Whether more text will follow. */
  @property({ type: Boolean }) streaming = false;

  private shown: Block[] = [];
  private earlier = "";
  /** The part that holds a text that is too long for Markdown. */
  private plain: HTMLElement | null = null;

  protected override updated(): void {
    if (this.text.length > DRAWN_CHARS) return this.showPlain();
    const text = this.text.replace(/\r\n?/g, "\n");
    // While the text only grows, only its last block can change. At the end the whole text is read
    // again, because the address of a link may be in a later block.
    const grows = this.streaming && this.shown.length > 1 && text.startsWith(this.earlier);
    const kept = grows ? this.shown.length - 1 : 0;
    const start = this.shown[kept]?.start ?? 0;
    const tokens = blocks(text.slice(kept ? start : 0));
    if (kept + tokens.length > MOST_BLOCKS) return this.showPlain();
    this.hidePlain();
    tokens.forEach(({ token, offset }, index) => {
      this.show(kept + index, token, (kept ? start : 0) + offset);
    });
    for (const { node } of this.shown.splice(kept + tokens.length)) node.remove();
    this.earlier = text;
    void setFormulas(this.renderRoot);
  }

  /** Shows the start of a text that is too long for Markdown as it is. */
  private showPlain(): void {
    for (const { node } of this.shown.splice(0)) node.remove();
    if (!this.plain) {
      this.plain = document.createElement("section");
      this.plain.append(document.createElement("pre"), document.createElement("footer"));
      this.renderRoot.append(this.plain);
    }
    const [start, rest] = this.plain.children;
    const drawn = this.text.slice(0, DRAWN_CHARS);
    if (start!.textContent !== drawn) start!.textContent = drawn;
    render(restOf(this.text, "text"), rest as HTMLElement);
  }

  private hidePlain(): void {
    if (this.plain) render(nothing, this.plain.children[1] as HTMLElement);
    this.plain?.remove();
    this.plain = null;
  }

  private show(index: number, token: Token, start: number): void {
    const old = this.shown[index];
    if (old?.raw === token.raw && this.streaming) return;
    const node = document.createElement("div");
    node.append(renderBlock(token));
    if (old) old.node.replaceWith(node);
    else this.renderRoot.append(node);
    this.shown[index] = { raw: token.raw, node, start };
  }

  static override styles = [
    base,
    highlightStyles,
    mathStyles,
    restStyles,
    css`
      :host {
        display: block;
        line-height: 1.6;
        overflow-wrap: anywhere;
      }
      div > :first-child {
        margin-top: 0;
      }
      div > :last-child {
        margin-bottom: 0;
      }
      div + div {
        margin-top: 0.75em;
      }
      p,
      ul,
      ol,
      blockquote,
      pre {
        margin: 0.75em 0;
      }
      ul,
      ol {
        padding-left: 1.5em;
      }
      li + li {
        margin-top: 0.25em;
      }
      h1,
      h2,
      h3,
      h4,
      h5,
      h6 {
        margin: 1.2em 0 0.5em;
        font-size: 1em;
        line-height: 1.3;
      }
      h1 {
        font-size: 1.35em;
      }
      h2 {
        font-size: 1.2em;
      }
      h3 {
        font-size: 1.08em;
      }
      code {
        font-family: var(--pyagent-mono);
        font-size: 0.88em;
        padding: 0.15em 0.35em;
        border-radius: 5px;
        background: var(--pyagent-surface);
      }
      pre {
        padding: 12px 14px;
        overflow-x: auto;
        border: 1px solid var(--pyagent-border);
        border-radius: var(--pyagent-radius-small);
        background: var(--pyagent-code);
        line-height: 1.5;
      }
      section pre {
        max-height: 480px;
        margin-top: 0;
        font-family: inherit;
        white-space: pre-wrap;
      }
      pre code {
        padding: 0;
        background: none;
        overflow-wrap: normal;
      }
      blockquote {
        padding-left: 14px;
        border-left: 3px solid var(--pyagent-border);
        color: var(--pyagent-muted);
      }
      hr {
        border: 0;
        border-top: 1px solid var(--pyagent-border);
      }
      .address {
        font-size: 0.85em;
        color: var(--pyagent-muted);
      }
      .table {
        overflow-x: auto;
      }
      table {
        border-collapse: collapse;
        font-size: 0.95em;
        font-variant-numeric: tabular-nums;
        overflow-wrap: normal;
      }
      th,
      td {
        padding: 6px 14px 6px 0;
        border-bottom: 1px solid var(--pyagent-border);
        text-align: left;
      }
      th[align="right"],
      td[align="right"] {
        text-align: right;
      }
      th[align="center"],
      td[align="center"] {
        text-align: center;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-markdown": PaMarkdown;
  }
}
