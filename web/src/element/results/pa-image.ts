/** Shows a picture from a result, small and enlarged. An SVG too is an `img` from a blob, so it can
 *  run and load nothing. A drawing whose colours are open gets those of the theme. */
import { css, html } from "lit";
import type { PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { hasOpenColours, withColours } from "../../render/themed";
import { icon } from "../look/icons";
import { base, buttons } from "../look/theme";
import { InTurn } from "../look/turns";
import { download } from "./download";

/** A picture that fills the screen must be this many times as large as before. If not, as on a
 *  phone, it is larger than the screen at once. */
const ENLARGED = 1.5;

@customElement("pa-image")
export class PaImage extends InTurn {
  /** What is shown, unless there is a drawing, and what is saved. */
  @property({ attribute: false }) blob = new Blob();
  @property({ attribute: false }) drawing: string | null = null;
  /** The file name for the download, and the text for a screen reader. */
  @property() name = "plot";
  @state() private url = "";
  @state() private broken = false;
  /** Whether the enlarged picture is larger than the screen. */
  @state() private zoomed = false;
  @query("dialog") private dialog!: HTMLDialogElement;
  @query(".picture img") private small!: HTMLImageElement;
  @query(".view") private view!: HTMLElement;

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("transitionend", this.onTheme);
    this.open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener("transitionend", this.onTheme);
    URL.revokeObjectURL(this.url);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (this.hasUpdated && (changed.has("blob") || changed.has("drawing"))) this.open();
  }

  private open(): void {
    if (!this.isConnected) return; // nobody would revoke the URL
    URL.revokeObjectURL(this.url);
    const { drawing } = this;
    this.toggleAttribute("themed", drawing !== null && hasOpenColours(drawing));
    const { color, outlineColor } = getComputedStyle(this);
    const colours = { text: color, background: outlineColor };
    const drawn = drawing !== null && withColours(drawing, colours);
    const blob = drawn ? new Blob([drawn], { type: "image/svg+xml" }) : this.blob;
    this.url = URL.createObjectURL(blob);
    this.broken = false;
  }

  /** Draws again in the colours of the theme, which has changed. */
  private readonly onTheme = ({ target, propertyName }: TransitionEvent): void => {
    if (target === this && propertyName === "color") this.open();
  };

  /** A drawing that is no SVG is shown as the picture that came with it. One that was removed before
   *  it was drawn has no URL any more, which says nothing about it. */
  private onError(): void {
    if (!this.isConnected) return;
    if (this.drawing === null) this.broken = true;
    else this.drawing = null;
  }

  protected override render() {
    if (this.broken) return html`<p>This picture could not be drawn. ${this.saveButton()}</p>`;
    return html`
      <button class="picture" aria-label="Enlarge ${this.name}" @click=${this.enlarge}>
        <img src=${this.url} alt=${this.name} @error=${this.onError} />
      </button>
      <div class="actions">${this.saveButton()}</div>
      <dialog aria-label=${this.name} @click=${this.onOutside}>
        <div class="view">
          <button
            class=${this.zoomed ? "large zoomed" : "large"}
            aria-label=${this.zoomed ? "Fit to the screen" : "Zoom in"}
            title=${this.zoomed ? "Fit to the screen" : "Zoom in"}
            @click=${this.zoom}
          >
            <img src=${this.url} alt=${this.name} />
          </button>
        </div>
        <button class="icon" autofocus aria-label="Close" @click=${() => this.dialog.close()}>
          ${icon("close")}
        </button>
      </dialog>
    `;
  }

  private enlarge(): void {
    const { naturalWidth: width, naturalHeight: height, clientWidth: before } = this.small;
    if (width && height) {
      this.dialog.style.setProperty("--natural", `${width}px`);
      this.dialog.style.setProperty("--ratio", String(width / height));
    }
    const fitting = Math.min(innerWidth, innerHeight * (width / height || 1));
    this.zoomed = fitting < ENLARGED * before;
    this.dialog.showModal();
  }

  /** Zooms in to the point of the picture that was pressed, or back out. */
  private async zoom({ offsetX, offsetY, currentTarget }: MouseEvent): Promise<void> {
    const { clientWidth: before } = currentTarget as HTMLElement;
    this.zoomed = !this.zoomed;
    await this.updateComplete;
    const scale = (currentTarget as HTMLElement).clientWidth / (before || 1);
    this.view.scrollLeft = offsetX * scale - this.view.clientWidth / 2;
    this.view.scrollTop = offsetY * scale - this.view.clientHeight / 2;
  }

  private onOutside(event: Event): void {
    if (event.target === this.dialog || event.target === this.view) this.dialog.close();
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
        /* The colours for drawings. The end of a transition tells that the theme has changed. */
        color: var(--pyagent-text);
        outline: 0 none var(--pyagent-background);
        transition:
          color 1ms,
          outline-color 1ms;
        --paper: var(--pyagent-background);
      }
      :host(:not([themed])) {
        /* Pictures are drawn for paper: dark text without a background. */
        color-scheme: light;
        --paper: #fff;
      }
      .picture,
      dialog {
        background: var(--paper);
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
        border: 1px solid var(--pyagent-border);
        background: var(--paper);
        color: var(--pyagent-muted);
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
        background: var(--paper);
        color: var(--pyagent-muted);
      }
      dialog {
        --fitting: min(96vw - 32px, (94dvh - 32px) * var(--ratio, 1));
        max-width: 96vw;
        max-height: 94dvh;
        padding: 16px;
        border: 0;
        border-radius: var(--pyagent-radius);
        overflow: hidden;
      }
      .view {
        max-height: calc(94dvh - 32px);
        overflow: auto;
        overscroll-behavior: contain;
      }
      .large {
        display: block;
        width: var(--fitting);
        cursor: zoom-in;
      }
      .large.zoomed {
        width: clamp(2 * var(--fitting), var(--natural, 0px), 4 * var(--fitting));
        cursor: zoom-out;
      }
      .large img {
        display: block;
        width: 100%;
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
