/** Shows Markdown that may still grow. It renders only blocks whose text has changed. */
import { css, LitElement } from "lit";
import type { Token } from "marked";
import { customElement, property } from "lit/decorators.js";
import { highlightStyles } from "../../render/highlight";
import { blocks, renderBlock } from "../../render/markdown";
import { base } from "../look/theme";

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

  protected override updated(): void {
    const text = this.text.replace(/\r\n?/g, "\n");
    // While the text only grows, only its last block can change. At the end the whole text is read
    // again, because the address of a link may be in a later block.
    const grows = this.streaming && this.shown.length > 1 && text.startsWith(this.earlier);
    const kept = grows ? this.shown.length - 1 : 0;
    const start = this.shown[kept]?.start ?? 0;
    const tokens = blocks(text.slice(kept ? start : 0));
    tokens.forEach(({ token, offset }, index) => {
      this.show(kept + index, token, (kept ? start : 0) + offset);
    });
    for (const { node } of this.shown.splice(kept + tokens.length)) node.remove();
    this.earlier = text;
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
