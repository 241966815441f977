/** Shows a result in its richest form. */
import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { View } from "../../render/bundle";
import { base } from "../look/theme";
import "./pa-code";
import "./pa-file";
import "./pa-html";
import "./pa-image";
import "./pa-markdown";
import "./pa-output";
import "./pa-table";
import { DRAWN_CHARS, restOf, restStyles } from "./rest";

@customElement("pa-bundle")
export class PaBundle extends LitElement {
  @property({ attribute: false }) view: View = { kind: "text", text: "" };
  /** The file name for downloads, without its ending. */
  @property() name = "result";

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
        return html`<pa-code .code=${view.text} language="json"></pa-code>`;
      case "text":
        return html`<pre tabindex="0" aria-label="Result">${view.text.slice(0, DRAWN_CHARS)}</pre>
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
