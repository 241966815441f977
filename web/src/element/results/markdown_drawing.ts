/** Draws Markdown that may still grow, a part in each turn. What is drawn stays as it is, except for
 *  the last block. Code has a drawing of its own. */
import type { Token, Tokens } from "marked";
import {
  blocks,
  codeLanguage,
  definitionsIn,
  renderBlocks,
  type Definitions,
} from "../../render/markdown";
import { inTurns } from "../look/turns";
import { CodeDrawing } from "./code_drawing";

/** The number of characters that are read in one turn. A block that is longer is drawn as several: a
 *  list of 10,000 items takes too long. */
const PART_CHARS = 2_000;
/** A paragraph of few lines may be longer. */
const PARAGRAPH_CHARS = 8_000;
const PARAGRAPH_LINES = 100;
const LINE_CHARS = 90;
/** Matches the beginning of code between fences. */
const FENCE = /^ {0,3}(`{3,}(?=[^`\n]*(?:\n|$))|~{3,})/;

interface Block {
  token: Token;
  /** The place of the block in the text. */
  start: number;
  /** What stands before the block when it is read: the head of a table that goes on. */
  head: string;
  node: HTMLElement;
  /** The drawing of a block of code. */
  code: CodeDrawing | null;
  /** Whether the addresses of its links have changed. */
  stale?: boolean;
}

/** A part of a text as it is read. */
interface Part {
  found: ReturnType<typeof blocks>;
  /** The number of characters of the text in it. */
  length: number;
  /** What belongs before the next part. */
  head: string;
}

export class MarkdownDrawing {
  private shown: Block[] = [];
  private text = "";
  private definitions: Definitions = {};
  /** The number of blocks that are as they are to be, and the place in the text after them. */
  private drawn = 0;
  private at = 0;
  private head = "";
  private work: Promise<void> | undefined;

  /** Draws into `root`, after what it holds. `onPart` is called after each part. */
  constructor(
    private readonly root: Node,
    private readonly onPart: () => void,
  ) {}

  /** The number of blocks that are drawn. */
  get length(): number {
    return this.drawn;
  }

  /** Draws `text`. While it grows, addresses of links that come later are left out. */
  draw(text: string, grows: boolean): void {
    const definitions = grows ? this.definitions : definitionsIn(text);
    const sameLinks = JSON.stringify(definitions) === JSON.stringify(this.definitions);
    if (text === this.text && sameLinks) return;
    // The last block may go on in what came.
    const kept = sameLinks && text.startsWith(this.text) ? Math.max(0, this.drawn - 1) : 0;
    if (!sameLinks) for (const block of this.shown) block.stale = true;
    this.goBack(kept);
    this.text = text;
    this.definitions = definitions;
    this.work ??= inTurns(() => this.drawNext())?.finally(() => (this.work = undefined));
  }

  /** Resolves when all is drawn, code too. */
  async done(): Promise<void> {
    await this.work;
    await Promise.all(this.shown.map(({ code }) => code?.done));
  }

  clear(): void {
    this.text = "";
    this.definitions = {};
    this.goBack(0);
    for (const { node } of this.shown.splice(0)) node.remove();
  }

  private goBack(drawn: number): void {
    const next = drawn ? this.shown[drawn]! : { start: 0, head: "" };
    this.drawn = drawn;
    this.at = next.start;
    this.head = next.head;
  }

  private drawNext(): boolean {
    if (this.at < this.text.length) {
      const { at, head } = this;
      const { found, length, head: next } = this.read();
      const seen = found.filter(({ token }) => token.type !== "def");
      this.show(
        seen.map(({ token, offset }) => ({
          token,
          start: at + Math.max(0, offset - head.length),
          head: offset ? "" : head,
        })),
      );
      this.at += length;
      this.head = next;
      this.onPart();
    }
    if (this.at < this.text.length) return true;
    for (const { node } of this.shown.splice(this.drawn)) node.remove();
    return false;
  }

  /** Reads whole blocks from the place in the text, or a piece of a long one. */
  private read(): Part {
    const { text, at, head } = this;
    const fenced = fencedLength(text, at);
    const most = text.length - at;
    for (let length = fenced ?? PART_CHARS; ; length = PARAGRAPH_CHARS) {
      const source = head + text.slice(at, at + length);
      const found = blocks(source, this.definitions);
      if (fenced || length >= most) return { found, length: Math.min(length, most), head: "" };
      const last = found.at(-1);
      if (!last) return { found, length, head: "" };
      if (last.offset > 0) {
        found.pop(); // it may go on
        return { found, length: last.offset - head.length, head: "" };
      }
      const mayBeLong = last.token.type === "paragraph" && linesIn(source) < PARAGRAPH_LINES;
      if (length === PARAGRAPH_CHARS || !mayBeLong) return this.piece(last.token, source);
    }
  }

  /** Reads a piece of a block that is too long to be drawn in one. */
  private piece(token: Token, source: string): Part {
    const { head } = this;
    const cut = cutIn(token, source, head.length);
    const found = blocks(source.slice(0, cut), this.definitions);
    const next = token.type === "table" ? source.split("\n", 2).join("\n") + "\n" : "";
    return { found, length: cut - head.length, head: next };
  }

  /** Shows blocks as the next ones. Those that are there already stay. */
  private show(found: Pick<Block, "token" | "start" | "head">[]): void {
    const made = found.filter(({ token }, index) => !this.stays(this.drawn + index, token));
    const nodes = renderBlocks(made.map(({ token }) => withoutCode(token)));
    for (const place of found) {
      const old = this.shown[this.drawn];
      const language = codeLanguage(place.token);
      if (old && this.stays(this.drawn, place.token)) Object.assign(old, place);
      else {
        const node = nodes.shift()!;
        node.style.setProperty("--lines", String(linesOf(place.token.raw)));
        if (old) old.node.replaceWith(node);
        else this.root.appendChild(node);
        const root = language === null ? null : node.querySelector("code");
        this.shown[this.drawn] = { ...place, node, code: root && new CodeDrawing(root) };
      }
      this.shown[this.drawn]!.code?.draw((place.token as Tokens.Code).text, language ?? "");
      this.drawn += 1;
    }
  }

  /** Whether the block that is shown at a place can stay for `token`. */
  private stays(place: number, token: Token): boolean {
    const old = this.shown[place];
    if (!old) return false;
    return old.code ? token.type === "code" : old.token.raw === token.raw && !old.stale;
  }
}

/** Code is drawn by itself, into its empty element. */
function withoutCode(token: Token): Token {
  return token.type === "code" ? { ...token, text: "" } : token;
}

function linesIn(text: string): number {
  return text.split("\n").length;
}

/** Returns about how many lines a block takes on the screen. */
function linesOf(raw: string): number {
  return Math.max(linesIn(raw.trimEnd()), Math.ceil(raw.length / LINE_CHARS));
}

/** Returns the length of the code between fences at a place; null when there is none. */
function fencedLength(text: string, at: number): number | null {
  const fence = FENCE.exec(text.slice(at, at + PART_CHARS))?.[1];
  if (!fence) return null;
  const close = new RegExp(`\\n {0,3}${fence[0]}{${fence.length},}[ \\t]*(?:\\n|$)`, "g");
  close.lastIndex = at;
  const found = close.exec(text);
  return (found ? found.index + found[0].length : text.length) - at;
}

/** Returns where to cut a block: before an item, a line or a word, but after `least`. */
function cutIn(token: Token, source: string, least: number): number {
  const items = token.type === "list" ? (token as Tokens.List).items.slice(0, -1) : [];
  const inList = items.reduce((sum, { raw }) => sum + raw.length, 0);
  const cuts = [inList, source.lastIndexOf("\n") + 1, source.lastIndexOf(" ") + 1];
  return cuts.find((cut) => cut > least) ?? source.length;
}
