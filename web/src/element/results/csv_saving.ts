/** Saves a CSV file, after asking when spreadsheet programs would run some of it as formulas. */
import { css, html, type ReactiveController, type ReactiveControllerHost } from "lit";
import { asText, formulasIn, inBytes } from "../../render/formulas";
import { count } from "../../render/format";
import { focused } from "../look/focus";
import { download } from "./download";

/** A larger file is saved as it is. */
const MOST_BYTES = 64_000_000;

type Host = ReactiveControllerHost & { readonly renderRoot: HTMLElement | DocumentFragment };

interface Asked {
  name: string;
  /** The file as it is. */
  blob: Blob;
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

  /** What had the focus when the question came. */
  private before: HTMLElement | null = null;

  constructor(private readonly host: Host) {
    host.addController(this);
  }

  hostDisconnected(): void {
    this.asked = null;
  }

  /** Saves the file, or asks how. */
  async save(blob: Blob, name: string): Promise<void> {
    if (!/\.(?:csv|tsv|tab)$/i.test(name) || blob.size > MOST_BYTES) return download(blob, name);
    const before = focused();
    const bytes = inBytes(new Uint8Array(await blob.arrayBuffer()));
    const formulas = formulasIn(bytes);
    if (!formulas.length) return download(blob, name);
    this.asked = { name, blob, bytes, formulas };
    this.before = before;
    this.host.requestUpdate();
    await this.host.updateComplete;
    if (focused() !== before) return; // the person has gone on
    this.host.renderRoot.querySelector<HTMLElement>(".formulas button")?.focus();
  }

  /** The question, while one is open. */
  render() {
    if (this.asked === null) return "";
    const { formulas } = this.asked;
    const cells = formulas.length === 1 ? "1 cell begins" : `${count(formulas.length)} cells begin`;
    return html`<div class="formulas" role="group" aria-label="Formulas in ${this.asked.name}">
      <span role="alert">${cells} like a formula, which a spreadsheet program would run.</span>
      <button class="button" @click=${() => this.choose(true)}>Save as text</button>
      <button class="button" @click=${() => this.choose(false)}>Save as it is</button>
    </div>`;
  }

  private async choose(text: boolean): Promise<void> {
    const { name, blob, bytes, formulas } = this.asked!;
    download(text ? new Blob([asText(bytes, formulas)], { type: "text/csv" }) : blob, name);
    this.asked = null;
    this.host.requestUpdate();
    await this.host.updateComplete;
    this.before?.focus();
    this.before = null;
  }
}
