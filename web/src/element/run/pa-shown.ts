/** Shows a picture, a table or a page that the code showed, below steps that have folded. Anything
 *  else takes no place there. Reading a bundle takes time, so it has its turn. */
import { css, html } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Bundle } from "../../protocol";
import { viewOf } from "../../render/bundle";
import type { View } from "../../render/bundle";
import { sameTable } from "../../render/table";
import { base } from "../look/theme";
import { InTurn } from "../look/turns";
import "../results/pa-bundle";

@customElement("pa-shown")
export class PaShown extends InTurn {
  @property({ attribute: false }) bundle: Bundle = {};
  /** The answer of the run, which is not shown a second time. */
  @property({ attribute: false }) answer: View | null = null;

  protected override render() {
    const view = viewOf(this.bundle);
    this.hidden = !isRich(view) || isSame(view, this.answer);
    return this.hidden ? "" : html`<pa-bundle .view=${view} name="result"></pa-bundle>`;
  }

  static override styles = [
    base,
    css`
      :host {
        display: block;
        content-visibility: auto;
        contain-intrinsic-height: auto 300px;
      }
      :host([hidden]) {
        display: none;
      }
    `,
  ];
}

/** Whether a bundle may be a picture, a table or a page, as far as its types tell. */
export function mayBeRich(bundle: Bundle): boolean {
  return Object.keys(bundle).some((type) => !PLAIN.has(type));
}

const PLAIN = new Set(["text/plain", "text/markdown"]);

function isRich({ kind }: View): boolean {
  return kind === "image" || kind === "table" || kind === "html";
}

function isSame(view: View, answer: View | null): boolean {
  return view.kind === "table" && answer?.kind === "table" && sameTable(view.table, answer.table);
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-shown": PaShown;
  }
}
