/** Shows a result in its richest form. */
import { css, html } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Bundle } from "../../protocol";
import { viewOf } from "../../render/bundle";
import type { View } from "../../render/bundle";
import { base } from "../look/theme";
import { InTurn } from "../look/turns";
import "./pa-code";
import "./pa-file";
import "./pa-html";
import "./pa-image";
import "./pa-markdown";
import "./pa-output";
import "./pa-table";
import { linesStyles, wrappedLinesOf } from "./lines";
import { DRAWN_CHARS, restLine, restOf, restStyles } from "./rest";

@customElement("pa-bundle")
export class PaBundle extends InTurn {
  @property({ attribute: false }) view: View = { kind: "text", text: "" };
  /** The bundle to show, in place of a view. Reading a large one takes time, so it has its turn. */
  @property({ attribute: false }) bundle: Bundle | null = null;
  /** The file name for downloads, without its ending. */
  @property() name = "result";

  protected override willUpdate(): void {
    if (this.bundle) this.view = viewOf(this.bundle);
  }

  protected override render() {
    const { view } = this;
    switch (view.kind) {
      case "table":
        return html`<pa-table .table=${view.table} .name=${this.name}></pa-table>`;
      case "image":
        return html`<pa-image
          .blob=${view.blob}
          .drawing=${view.drawing}
          .name="${this.name}.${view.extension}"
        ></pa-image>`;
      case "html":
        return html`<pa-html .html=${view.html}></pa-html>`;
      case "markdown":
        return html`<pa-markdown .text=${view.text}></pa-markdown>`;
      case "json":
        return html`<pa-code .code=${view.text} language="json"></pa-code>
          ${view.whole ? restLine("The rest is not shown.", view.whole, `${this.name}.json`) : ""}`;
      case "text":
        return html`<pre tabindex="0" aria-label="Result">
${wrappedLinesOf(view.text.slice(0, DRAWN_CHARS))}</pre>
          ${restOf(view.text, this.name)}`;
      case "file":
        return html`<pa-file
          .name="${this.name}.${view.extension}"
          .size=${view.blob.size}
          .blob=${view.blob}
        ></pa-file>`;
    }
  }

  static override styles = [
    base,
    restStyles,
    linesStyles,
    css`
      :host {
        display: block;
      }
      pre {
        margin: 0;
        max-height: 320px;
        overflow: auto;
        font-family: var(--pyagent-mono);
        font-size: 13px;
        line-height: 1.5;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-bundle": PaBundle;
  }
}
