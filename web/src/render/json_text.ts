/** Writes the start of a JSON value for people. A hostile value may be millions of characters long. */

/** Returns what `JSON.stringify(value, null, 2)` does, but at most `most` characters of it. */
export function jsonStart(value: unknown, most: number): { text: string; whole: boolean } {
  const writer = new Writer(most, "  ", ": ");
  writer.write(value, "\n");
  return { text: writer.text.slice(0, most), whole: writer.room >= 0 };
}

/** Returns the first `most` characters of `JSON.stringify(value)`. */
export function jsonLine(value: unknown, most: number): string {
  const writer = new Writer(most, "", ":");
  writer.write(value, "");
  return writer.text.slice(0, most);
}

class Writer {
  text = "";

  /** `room` is the number of characters that are left. */
  constructor(
    public room: number,
    private readonly indent: string,
    private readonly colon: string,
  ) {}

  /** `line` is a line break and the indentation of the line that the value is in. */
  write(value: unknown, line: string): void {
    if (Array.isArray(value)) {
      this.list("[", "]", value.length, line, (index, inner) => this.write(value[index], inner));
    } else if (typeof value === "object" && value !== null) {
      const names = Object.keys(value);
      this.list("{", "}", names.length, line, (index, inner) => {
        this.put(this.quoted(names[index]!) + this.colon);
        this.write((value as Record<string, unknown>)[names[index]!], inner);
      });
    } else this.put(typeof value === "string" ? this.quoted(value) : JSON.stringify(value));
  }

  private list(
    open: string,
    close: string,
    length: number,
    line: string,
    item: (index: number, inner: string) => void,
  ): void {
    if (!length) return this.put(open + close);
    const inner = line + this.indent;
    this.put(open);
    for (let index = 0; index < length && this.room >= 0; index++) {
      this.put((index ? "," : "") + inner);
      item(index, inner);
    }
    this.put(line + close);
  }

  private quoted(text: string): string {
    return JSON.stringify(text.slice(0, Math.max(0, this.room) + 1));
  }

  private put(text: string): void {
    this.text += text;
    this.room -= text.length;
  }
}
