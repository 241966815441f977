/** Shows a picture from a result. An SVG too is an `img` from a blob, so it can run and load
 *  nothing. */
import { css, html, LitElement } from "lit";
import type { PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { icon } from "../look/icons";
import { base, buttons } from "../look/theme";
import { download } from "./download";

@customElement("pa-image")
export class PaImage extends LitElement {
  @property({ attribute: false }) blob = new Blob();
  /** The file name for the download, and the text for a screen reader. */
  @property() name = "plot";
  @state() private url = "";
  @state() private broken = false;
  @query("dialog") private dialog!: HTMLDialogElement;

  override connectedCallback(): void {
    super.connectedCallback();
    this.open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    URL.revokeObjectURL(this.url);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("blob") && this.hasUpdated) this.open();
  }

  private open(): void {
    URL.revokeObjectURL(this.url);
    this.url = URL.createObjectURL(this.blob);
    this.broken = false;
  }

  protected override render() {
    if (this.broken) return html`<p>This picture could not be drawn. ${this.saveButton()}</p>`;
    return html`
      <button
        class="picture"
        aria-label="Enlarge ${this.name}"
        @click=${() => this.dialog.showModal()}
      >
        <img src=${this.url} alt=${this.name} @error=${() => (this.broken = true)} />
      </button>
      <div class="actions">${this.saveButton()}</div>
      <dialog aria-label=${this.name} @click=${() => this.dialog.close()}>
        <img src=${this.url} alt=${this.name} />
        <button class="icon" aria-label="Close">${icon("close")}</button>
      </dialog>
    `;
  }

  private saveButton() {
    const label = `Download ${this.name}`;
    return html`<button
      class="icon small"
      aria-label=${label}
      title=${label}
      @click=${() => download(this.blob, this.name)}
    >
      ${icon("download", 16)}
    </button>`;
  }

  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: block;
        position: relative;
        border: 1px solid var(--pyagent-border);
        border-radius: var(--pyagent-radius-small);
        overflow: hidden;
        /* Plots are drawn for paper: dark text without a background. */
        background: #fff;
        color-scheme: light;
      }
      .picture {
        display: block;
        width: 100%;
        padding: 12px;
        cursor: zoom-in;
      }
      .picture:focus-visible {
        outline-offset: -3px;
      }
      .picture img {
        display: block;
        max-width: 100%;
        max-height: 420px;
        margin: 0 auto;
      }
      .actions {
        position: absolute;
        top: 8px;
        right: 8px;
        opacity: 0;
        transition: opacity 0.12s;
      }
      .icon {
        border: 1px solid #e3e0d9;
        background: #fff;
        color: #66635c;
      }
      :host(:hover) .actions,
      :host(:focus-within) .actions {
        opacity: 1;
      }
      @media (hover: none) {
        .actions {
          opacity: 1;
        }
      }
      p {
        margin: 0;
        padding: 12px 14px;
        font-size: 14px;
        color: #66635c;
      }
      dialog {
        width: 96vw;
        height: 94dvh;
        max-width: none;
        max-height: none;
        padding: 16px;
        border: 0;
        border-radius: var(--pyagent-radius);
        background: #fff;
        cursor: zoom-out;
      }
      dialog img {
        width: 100%;
        height: 100%;
        object-fit: contain;
      }
      dialog .icon {
        position: absolute;
        top: 12px;
        right: 12px;
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 60%);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-image": PaImage;
  }
}
