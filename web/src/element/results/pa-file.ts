/** A file as a chip: one that was given, one that can be removed, or one to download. */
import { css, html } from "lit";
import type { PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { bytes } from "../../render/format";
import { icon } from "../look/icons";
import { base, buttons } from "../look/theme";
import { InTurn } from "../look/turns";
import { CsvSaving, csvStyles } from "./csv_saving";

/** A larger picture gets no thumbnail, because drawing it takes long. */
const MAX_THUMBNAIL_BYTES = 16_000_000;

/** @fires remove - The person removes the file. */
@customElement("pa-file")
export class PaFile extends InTurn {
  @property() name = "";
  @property({ type: Number }) size = 0;
  /** The file's bytes; null when it cannot be downloaded. */
  @property({ attribute: false }) blob: Blob | null = null;
  /** The file itself. If it is a picture, a thumbnail stands for its icon. */
  @property({ attribute: false }) picture: Blob | null = null;
  @property({ type: Boolean }) removable = false;
  /** The address of the thumbnail; empty when there is none. */
  @state() private thumbnail = "";
  private readonly csv = new CsvSaving(this);

  override connectedCallback(): void {
    super.connectedCallback();
    this.open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    URL.revokeObjectURL(this.thumbnail);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("picture")) this.open();
  }

  private open(): void {
    const { picture } = this;
    if (this.thumbnail) URL.revokeObjectURL(this.thumbnail);
    const small = picture?.type.startsWith("image/") && picture.size <= MAX_THUMBNAIL_BYTES;
    this.thumbnail = small ? URL.createObjectURL(picture!) : "";
  }

  protected override render() {
    const text = html`<span class="name" title=${this.name}>${this.name}</span>
      <span class="size">${bytes(this.size)}</span>`;
    if (this.blob) {
      return html`<button class="chip" aria-label="Download ${this.name}" @click=${this.save}>
          ${icon("download", 16)} ${text}</button
        >${this.csv.render()}`;
    }
    return html`<span class="chip">
      ${this.thumbnail ? this.image() : icon("file", 16)} ${text}
      ${
        this.removable
          ? html`<button class="remove" aria-label="Remove ${this.name}" @click=${this.takeBack}>
              ${icon("close", 14)}
            </button>`
          : ""
      }
    </span>`;
  }

  /** A thumbnail without a text of its own: the name beside it says what it is. */
  private image() {
    return html`<img src=${this.thumbnail} alt="" @error=${() => (this.thumbnail = "")} />`;
  }

  private save(): void {
    if (this.blob) void this.csv.save(this.blob, this.name.split("/").at(-1)!);
  }

  private takeBack(): void {
    this.dispatchEvent(new Event("remove"));
  }

  static override styles = [
    base,
    buttons,
    csvStyles,
    css`
      :host {
        display: inline-flex;
        flex-wrap: wrap;
        max-width: 100%;
      }
      .formulas {
        padding-inline: 0;
      }
      .chip {
        display: inline-flex;
        align-items: center;
        gap: 7px;
        min-width: 0;
        min-height: 34px;
        padding: 4px 12px 4px 9px;
        border: 1px solid var(--pyagent-border);
        border-radius: 10px;
        background: var(--pyagent-raised);
        font-size: 13.5px;
      }
      img {
        width: 40px;
        height: 40px;
        margin: 2px 0 2px -3px;
        border-radius: 6px;
        object-fit: cover;
        background: var(--pyagent-surface);
      }
      button.chip:hover {
        background: var(--pyagent-hover);
      }
      button.chip svg {
        color: var(--pyagent-accent);
      }
      .chip:has(.remove) {
        padding-right: 4px;
      }
      .name {
        min-width: 0;
        max-width: 260px;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        font-weight: 500;
      }
      .size {
        white-space: nowrap;
        color: var(--pyagent-muted);
      }
      svg {
        color: var(--pyagent-muted);
      }
      .remove {
        display: inline-flex;
        padding: 5px;
        border-radius: 6px;
      }
      .remove:hover {
        background: var(--pyagent-hover);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-file": PaFile;
  }
}
