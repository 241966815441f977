/** Shows an error in the model's code. It looks calm, because the model reads the error too and
 *  usually fixes it. */
import { css, html } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { ErrorInfo } from "../../protocol";
import { icon } from "../look/icons";
import { base } from "../look/theme";
import { InTurn } from "../look/turns";

@customElement("pa-error")
export class PaError extends InTurn {
  @property({ attribute: false }) error!: ErrorInfo;

  protected override render() {
    const { type, message, line, source_line: source, traceback, can_retry } = this.error;
    const named = html`<b>${type}</b>${message ? `: ${message}` : ""}`;
    // It is about the reply and no exception, so its type says nothing to a person.
    const isMisread = type === "ParseError" && line === null && !traceback;
    return html`
      <p>${icon("alert", 15)}<span>${isMisread ? message : named}</span></p>
      ${can_retry ? "" : html`<p class="end">The model cannot mend this, so the run ends.</p>`}
      ${
        line === null
          ? ""
          : html`<pre tabindex="0" aria-label="Where"><i>line ${line}</i>${source?.trim()}</pre>`
      }
      ${
        traceback
          ? html`<details>
              <summary>Traceback</summary>
              <pre tabindex="0" aria-label="Traceback">${traceback}</pre>
            </details>`
          : ""
      }
    `;
  }

  static override styles = [
    base,
    css`
      :host {
        display: block;
        padding: 10px 14px;
        border-radius: var(--pyagent-radius-small);
        background: var(--pyagent-danger-soft);
        font-size: 13.5px;
        line-height: 1.45;
      }
      p {
        display: flex;
        gap: 8px;
        margin: 0;
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }
      .end {
        margin: 4px 0 0 23px;
      }
      svg {
        margin-top: 2px;
        color: var(--pyagent-danger);
      }
      b {
        font-weight: 600;
        color: var(--pyagent-danger);
      }
      pre {
        margin: 6px 0 0 23px;
        overflow-x: auto;
        font-family: var(--pyagent-mono);
        font-size: 12.5px;
      }
      i {
        margin-right: 12px;
        font-style: normal;
        color: var(--pyagent-muted);
      }
      details {
        margin: 6px 0 0 23px;
        color: var(--pyagent-muted);
      }
      details pre {
        margin-left: 0;
      }
      summary {
        cursor: pointer;
        font-size: 13px;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-error": PaError;
  }
}
