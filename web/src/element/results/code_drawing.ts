/** Draws code in parts of whole lines, each highlighted in its turn. The browser lays out only the
 *  parts in view, and code that grows changes only its last part. */
import { css } from "lit";
import { highlight, HIGHLIGHT_CHARS } from "../../render/highlight";
import { inTurns } from "../look/turns";

/** A part ends with the first line after so many characters, or so many lines. */
const PART_CHARS = 2_000;
const PART_LINES = 50;
/** What comes after so many characters stays plain: each word with a colour is an element. */
const COLOURED_CHARS = 50_000;

interface Part {
  start: number;
  end: number;
  node: HTMLElement;
}

export class CodeDrawing {
  private parts: Part[] = [];
  private code = "";
  private language = "";
  /** The part whose place the next one takes. */
  private replaced: HTMLElement | null = null;
  /** Resolves when all is drawn; undefined when it is. */
  done: Promise<void> | undefined;

  /** Draws into `root`, which holds nothing else. */
  constructor(private readonly root: HTMLElement) {}

  draw(code: string, language: string): void {
    if (code === this.code && language === this.language) return;
    this.keepParts(code, language);
    this.code = code;
    this.language = language;
    this.done ??= inTurns(() => this.drawNext())?.finally(() => (this.done = undefined));
  }

  /** Keeps the parts that are the same in `code`. The one after them is drawn anew in its place. */
  private keepParts(code: string, language: string): void {
    const isKept = ({ start, end }: Part): boolean =>
      language === this.language && code.startsWith(this.code.slice(start, end), start);
    const changed = this.parts.findIndex((part) => !isKept(part));
    // What came last may go on.
    const kept = Math.max(0, changed < 0 ? this.parts.length - 1 : changed);
    const [old, ...others] = this.parts.splice(kept);
    for (const { node } of others) node.remove();
    if (old) this.replaced?.remove();
    this.replaced = old?.node ?? this.replaced;
  }

  private drawNext(): boolean {
    const start = this.parts.at(-1)?.end ?? 0;
    if (start < this.code.length) {
      const { root, end } = this.partAt(start);
      const node = document.createElement("span");
      node.className = "part";
      node.append(root);
      const lines = this.code.slice(start, end).split("\n").length - 1;
      node.style.setProperty("--lines", String(lines));
      if (this.replaced) this.replaced.replaceWith(node);
      else this.root.append(node);
      this.parts.push({ start, end, node });
    } else this.replaced?.remove();
    this.replaced = null;
    return (this.parts.at(-1)?.end ?? 0) < this.code.length;
  }

  /** Returns the part that begins at `start`. It goes on while it ends inside a text in quotes. */
  private partAt(start: number): { root: Node; end: number } {
    const language = start < COLOURED_CHARS ? this.language : "";
    let end = this.endOfPart(start);
    let drawn = highlight(this.code.slice(start, end), language);
    while (drawn.open && end < this.code.length) {
      const further = this.endOfPart(end);
      if (further - start > HIGHLIGHT_CHARS) break;
      end = further;
      drawn = highlight(this.code.slice(start, end), language);
    }
    return { root: drawn.root, end };
  }

  private endOfPart(start: number): number {
    let end = start;
    for (let lines = 0; lines < PART_LINES && end - start < PART_CHARS; lines++) {
      end = this.code.indexOf("\n", end) + 1;
      if (!end) return this.code.length;
    }
    return end;
  }
}

/** For the element that holds `pre` and in it the parts. */
export const codeStyles = css`
  .part:not(:only-child) {
    display: block;
    min-width: 100%;
    width: max-content;
    content-visibility: auto;
    contain-intrinsic-block-size: auto calc(var(--lines) * 1.55em);
  }
`;
