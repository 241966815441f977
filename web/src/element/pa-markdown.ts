/** Markdown that may still be growing. Only blocks whose text changed are rendered again. */
import { css, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { highlightStyles } from "../render/highlight";
import { blocks, renderBlock } from "../render/markdown";
import { base } from "./theme";

interface Block {
  raw: string;
  node: HTMLElement;
}

@customElement("pa-markdown")
export class PaMarkdown extends LitElement {
  /** Data, never trusted. */
  @property() text = "";

  private shown: Block[] = [];

  protected override updated(): void {
    const tokens = blocks(this.text);
    tokens.forEach((token, index) => {
      if (this.shown[index]?.raw === token.raw) return;
      const node = document.createElement("div");
      node.append(renderBlock(token));
      const old = this.shown[index]?.node;
      if (old) old.replaceWith(node);
      else this.renderRoot.append(node);
      this.shown[index] = { raw: token.raw, node };
    });
    for (const { node } of this.shown.splice(tokens.length)) node.remove();
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
