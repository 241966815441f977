/** Shows Markdown that may still grow. It renders only blocks whose text has changed. */
import { css, nothing, render } from "lit";
import { customElement, property } from "lit/decorators.js";
import { highlightStyles } from "../../render/highlight";
import { MOST_BLOCKS } from "../../render/markdown";
import { setFormulas } from "../../render/math";
import { base } from "../look/theme";
import { InTurn, inTurns } from "../look/turns";
import { codeStyles } from "./code_drawing";
import { linesStyles, wrappedLinesOf } from "./lines";
import { MarkdownDrawing } from "./markdown_drawing";
import { mathStyles } from "./math_styles";
import { DRAWN_CHARS, restOf, restStyles } from "./rest";

/** Of a longer text, the browser lays out only what is in view. */
const LONG_CHARS = 8_000;

@customElement("pa-markdown")
export class PaMarkdown extends InTurn {
  /** The Markdown, which is never trusted. */
  @property() text = "";
  /** Whether more text will follow. */
  @property({ type: Boolean }) streaming = false;

  private drawing: MarkdownDrawing | null = null;
  /** The part that holds a text that is too long for Markdown. */
  private plain: HTMLElement | null = null;
  /** The last text that had too many blocks; null before there was one. */
  private tooMany: string | null = null;

  protected override updated(): void {
    const text = this.text.replace(/\r\n?/g, "\n");
    this.toggleAttribute("long", text.length > LONG_CHARS);
    if (text.length > DRAWN_CHARS || this.hasTooMany(text)) return this.showPlain();
    this.hidePlain();
    this.drawing ??= new MarkdownDrawing(this.renderRoot, () => this.onPart());
    this.drawing.draw(text, this.streaming);
  }

  private onPart(): void {
    if (this.drawing!.length > MOST_BLOCKS) {
      this.tooMany = this.text.replace(/\r\n?/g, "\n");
      this.showPlain();
    } else void setFormulas(this.renderRoot, inTurns);
  }

  /** Whether a text has more blocks than the page can hold, as far as that is known. */
  private hasTooMany(text: string): boolean {
    if (this.tooMany !== null && text.startsWith(this.tooMany)) return true;
    return (text.match(/\n[ \t]*\n/g)?.length ?? 0) > MOST_BLOCKS;
  }

  /** Resolves when the whole text is drawn. */
  protected override async getUpdateComplete(): Promise<boolean> {
    const complete = await super.getUpdateComplete();
    await this.drawing?.done();
    return complete;
  }

  /** Shows the start of a text that is too long for Markdown as it is. */
  private showPlain(): void {
    this.drawing?.clear();
    if (!this.plain) {
      this.plain = document.createElement("section");
      this.plain.append(document.createElement("pre"), document.createElement("footer"));
      this.renderRoot.append(this.plain);
    }
    const [start, rest] = this.plain.children;
    const drawn = this.text.slice(0, DRAWN_CHARS);
    if (start!.textContent !== drawn) render(wrappedLinesOf(drawn), start as HTMLElement);
    render(restOf(this.text, "text"), rest as HTMLElement);
  }

  private hidePlain(): void {
    if (this.plain) render(nothing, this.plain.children[1] as HTMLElement);
    this.plain?.remove();
    this.plain = null;
  }

  static override styles = [
    base,
    highlightStyles,
    codeStyles,
    mathStyles,
    restStyles,
    linesStyles,
    css`
      :host {
        display: block;
        line-height: 1.6;
        overflow-wrap: anywhere;
      }
      :host([long]) > div {
        content-visibility: auto;
        contain-intrinsic-block-size: auto calc(var(--lines) * 1.6em);
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
