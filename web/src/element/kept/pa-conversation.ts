/** One conversation of the list: opens, renames, exports and deletes it. */
import { css, html, LitElement } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { bytesOf } from "../../journal/database";
import type { ListedConversation } from "../../journal/library";
import { ago, bytes, plural } from "../../render/format";
import { icon } from "../look/icons";
import { base, buttons } from "../look/theme";

/**
 * @fires open - The person wants to see the conversation.
 * @fires rename - The title that the person gave, as `CustomEvent<string>`.
 * @fires export - The person wants it as a file.
 * @fires delete - The person has agreed to delete it.
 */
@customElement("pa-conversation")
export class PaConversation extends LitElement {
  @property({ attribute: false }) row!: ListedConversation;
  /** Whether it is the one on screen. */
  @property({ type: Boolean }) current = false;
  @state() private doing: "nothing" | "renaming" | "deleting" = "nothing";
  @query("input") private field!: HTMLInputElement | null;

  protected override render() {
    switch (this.doing) {
      case "renaming":
        return this.renaming();
      case "deleting":
        return this.deleting();
      default:
        return this.shown();
    }
  }

  private shown() {
    const { row } = this;
    const facts = [ago(row.changed, Date.now()), plural(row.tasks, "task"), bytes(bytesOf(row))];
    const about = this.state;
    return html`
      <button
        class="open"
        aria-current=${this.current ? "true" : "false"}
        @click=${() => this.send("open")}
      >
        <b>${row.title}</b>
        <span>${facts.join(" · ")}${about ? html` · <em>${about}</em>` : ""}</span>
      </button>
      <button
        class="icon small renaming"
        aria-label="Rename ${row.title}"
        title="Rename"
        @click=${() => void this.begin("renaming")}
      >
        ${icon("edit", 16)}
      </button>
      <button
        class="icon small"
        aria-label="Export ${row.title}"
        title="Export as a file"
        @click=${() => this.send("export")}
      >
        ${icon("download", 16)}
      </button>
      <button
        class="icon small deleting"
        aria-label="Delete ${row.title}"
        title="Delete"
        @click=${() => void this.begin("deleting")}
      >
        ${icon("trash", 16)}
      </button>
    `;
  }

  private get state(): string {
    const { row } = this;
    if (this.current) return "on screen";
    if (row.isOpen) return "open in another tab";
    return row.run ? "interrupted" : "";
  }

  private renaming() {
    return html`<input
        aria-label="Title of ${this.row.title}"
        maxlength="80"
        .value=${this.row.title}
        @keydown=${this.onKey}
      />
      <button class="button" @click=${this.end}>Cancel</button>
      <button class="button primary" @click=${this.rename}>Save</button>`;
  }

  private deleting() {
    return html`<span class="question" role="alert">Delete for good: ${this.row.title}</span>
      <button class="button" @click=${this.end} @keydown=${this.onEscape}>Keep</button>
      <button class="button danger" @click=${() => this.send("delete")} @keydown=${this.onEscape}>
        Delete
      </button>`;
  }

  /** Moves the focus to the button that opens the conversation. */
  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>(".open")?.focus();
  }

  private async begin(doing: "renaming" | "deleting"): Promise<void> {
    this.doing = doing;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>("input, button")?.focus();
    this.field?.select();
  }

  /** Shows the row again, with the focus on the button that began. */
  private readonly end = async (): Promise<void> => {
    const began = this.doing;
    this.doing = "nothing";
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(`.${began}`)?.focus();
  };

  private readonly rename = (): void => {
    const title = this.field?.value.trim();
    void this.end();
    if (title) this.send("rename", title);
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key !== "Enter") return this.onEscape(event);
    this.rename();
    event.preventDefault();
    event.stopPropagation();
  };

  private readonly onEscape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    void this.end();
    event.preventDefault(); // it would close the dialog
    event.stopPropagation();
  };

  private send(name: string, detail?: string): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 2px;
        min-height: 56px;
        padding: 0 8px 0 0;
        border-radius: var(--pyagent-radius-small);
      }
      :host(:hover) {
        background: var(--pyagent-hover);
      }
      .open {
        flex: 1;
        display: grid;
        gap: 2px;
        min-width: 0;
        padding: 9px 8px 9px 12px;
        text-align: left;
        border-radius: var(--pyagent-radius-small);
      }
      .open:focus-visible {
        outline-offset: -2px;
      }
      b {
        overflow: hidden;
        font-size: 14.5px;
        font-weight: 500;
        white-space: nowrap;
        text-overflow: ellipsis;
      }
      .open span {
        font-size: 12.5px;
        line-height: 1.4;
        text-wrap: pretty;
        color: var(--pyagent-muted);
      }
      em {
        font-style: normal;
        color: var(--pyagent-accent);
      }
      .question {
        flex: 1;
        min-width: 0;
        display: -webkit-box;
        overflow: hidden;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
        margin-left: 12px;
        font-size: 14px;
        line-height: 1.4;
        overflow-wrap: anywhere;
      }
      .button {
        flex: none;
        min-height: 32px;
        margin-left: 6px;
        padding: 0 10px;
        font-size: 13.5px;
      }
      input {
        flex: 1;
        width: 0;
        min-width: 0;
        min-height: 36px;
        margin-left: 6px;
        padding: 6px 10px;
        border: 1px solid var(--pyagent-border-strong);
        border-radius: var(--pyagent-radius-small);
        background: var(--pyagent-background);
        color: var(--pyagent-text);
        font: inherit;
        font-size: 15px;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-conversation": PaConversation;
  }
}
