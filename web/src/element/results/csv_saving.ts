/** Saves a CSV file, after asking when spreadsheet programs would run some of it as formulas. */
import { css, html, type ReactiveController, type ReactiveControllerHost } from "lit";
import { asText, formulasIn } from "../../render/formulas";
import { count } from "../../render/format";
import { download } from "./download";

/** A larger file is saved as it is. */
const MOST_BYTES = 64_000_000;

interface Asked {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
  formulas: readonly number[];
}

export const csvStyles = css`
  .formulas {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    align-items: center;
    padding: 8px 10px;
    font-size: 13.5px;
  }
`;

export class CsvSaving implements ReactiveController {
  /** The file that waits for the person's choice. */
  private asked: Asked | null = null;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostDisconnected(): void {
    this.asked = null;
  }

  /** Saves the file, or asks how. */
  async save(blob: Blob, name: string): Promise<void> {
    if (!/\.(?:csv|tsv|tab)$/i.test(name) || blob.size > MOST_BYTES) return download(blob, name);
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const formulas = formulasIn(bytes);
    if (!formulas.length) return download(blob, name);
    this.asked = { name, bytes, formulas };
    this.host.requestUpdate();
  }

  /** The question, while one is open. */
  render() {
    if (this.asked === null) return "";
    const { formulas } = this.asked;
    const cells = formulas.length === 1 ? "1 cell begins" : `${count(formulas.length)} cells begin`;
    return html`<div class="formulas" role="group" aria-label="Formulas in ${this.asked.name}">
      <span>${cells} like a formula, which a spreadsheet program would run.</span>
      <button class="button" @click=${() => this.choose(true)}>Save as text</button>
      <button class="button" @click=${() => this.choose(false)}>Save as it is</button>
    </div>`;
  }

  private choose(text: boolean): void {
    const { name, bytes, formulas } = this.asked!;
    download(new Blob([text ? asText(bytes, formulas) : bytes], { type: "text/csv" }), name);
    this.asked = null;
    this.host.requestUpdate();
  }
}
