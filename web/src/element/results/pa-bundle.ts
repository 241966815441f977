/** Shows a result in its richest form. */
import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { View } from "../../render/bundle";
import { base } from "../look/theme";
import "./pa-code";
import "./pa-html";
import "./pa-image";
import "./pa-markdown";
import "./pa-output";
import "./pa-table";

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
          .name="${this.name}.${view.extension}"
        ></pa-image>`;
      case "html":
        return html`<pa-html .html=${view.html}></pa-html>`;
      case "markdown":
        return html`<pa-markdown .text=${view.text}></pa-markdown>`;
      case "json":
        return html`<pa-code .code=${view.text} language="json"></pa-code>`;
      case "text":
        return html`<pre tabindex="0" aria-label="Result">${view.text}</pre>`;
    }
  }

  static override styles = [
    base,
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
