/** The conversations that this browser keeps. */
import { css, html, LitElement } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { problemOf } from "../../api/error";
import { exported, imported } from "../../journal/archive";
import { forgetEverything } from "../../journal/forgetting";
import type { Library, ListedConversation } from "../../journal/library";
import { askToPersist, isPersistent } from "../../journal/persistence";
import type { Problem } from "../../protocol";
import { plural } from "../../render/format";
import type { History } from "../history";
import { dialog } from "../look/dialog";
import { icon } from "../look/icons";
import { base, buttons } from "../look/theme";
import { download } from "../results/download";
import "../run/pa-problem";
import "./pa-conversation";

/** How many conversations are listed at once. */
const SHOWN = 100;

/**
 * @fires open - The id of the conversation that the person wants to see, as `CustomEvent<string>`.
 * @fires gone - The conversation on screen was deleted.
 */
@customElement("pa-history")
export class PaHistory extends LitElement {
  /** What keeps the conversations; null for a page that keeps none. */
  @property({ attribute: false }) history: History | null = null;
  @state() private rows: readonly ListedConversation[] | null = null;
  @state() private shown = SHOWN;
  @state() private problem: Problem | null = null;
  @state() private note = "";
  /** Whether the browser deletes nothing by itself; null while that is unknown. */
  @state() private persistent: boolean | null = null;
  /** What the person is asked to agree to. */
  @state() private asking: "nothing" | "delete all" | "forget" = "nothing";
  @query("dialog") private dialog!: HTMLDialogElement;
  @query("input[type=file]") private chooser!: HTMLInputElement;

  async show(): Promise<void> {
    Object.assign(this, { problem: null, note: "", shown: SHOWN, asking: "nothing" });
    await this.updateComplete;
    this.dialog.showModal();
    this.library.addEventListener("change", this.load);
    this.persistent = await isPersistent();
    await this.load();
  }

  private get library(): Library {
    return this.history!.library;
  }

  protected override render() {
    if (this.history === null) return "";
    return html`<dialog
      aria-labelledby="title"
      @close=${() => this.library.removeEventListener("change", this.load)}
      @click=${(event: Event) => event.target === this.dialog && this.dialog.close()}
    >
      <div class="inside">
        <header>
          <h2 id="title">Conversations</h2>
          <button class="icon" aria-label="Close" @click=${() => this.dialog.close()}>
            ${icon("close")}
          </button>
        </header>
        <div class="list">${this.list()}</div>
        <footer>
          ${this.problem ? html`<pa-problem .problem=${this.problem} plain></pa-problem>` : ""}
          <p><span role="status">${this.note || this.storage()}</span> ${this.wish()}</p>
          <div class="actions">${this.actions()}</div>
        </footer>
      </div>
      <input
        type="file"
        accept=".zip,application/zip"
        aria-label="File with conversations"
        hidden
        @change=${this.onFile}
      />
    </dialog>`;
  }

  private list() {
    const { rows } = this;
    if (rows === null) return "";
    if (!rows.length) {
      return html`<p class="empty">
        No conversations yet. Each is kept in this browser from its first task on, with its files.
      </p>`;
    }
    return html`
      ${repeat(
        rows.slice(0, this.shown),
        ({ id }) => id,
        (row) =>
          html`<pa-conversation
            .row=${row}
            ?current=${row.id === this.history?.id}
            @open=${() => this.open(row)}
            @rename=${({ detail }: CustomEvent<string>) => this.do(() => this.library.rename(row.id, detail))}
            @export=${() => this.export([row])}
            @delete=${() => this.delete(row)}
          ></pa-conversation>`,
      )}
      ${
        rows.length > this.shown
          ? html`<button class="button quiet" @click=${() => (this.shown += SHOWN)}>
              Show more
            </button>`
          : ""
      }
    `;
  }

  private storage() {
    if (this.persistent === null) return "";
    if (this.persistent) return "The browser keeps them until you delete them.";
    return "The browser may delete them when space is short.";
  }

  private wish() {
    if (this.note || this.persistent !== false) return "";
    return html`<button class="link" @click=${this.persist}>Ask it to keep them</button>`;
  }

  private actions() {
    if (this.asking === "delete all") {
      return this.question("Delete all conversations for good?", "Delete all", this.deleteAll);
    }
    if (this.asking === "forget") {
      const what =
        "Forget everything that this site keeps here: conversations, keys, settings, packages " +
        "and models? The page is loaded anew then.";
      return this.question(what, "Forget everything", this.forget);
    }
    const none = !this.rows?.length;
    return html`
      <button class="button" @click=${() => this.chooser.click()}>Import…</button>
      <button class="button" ?disabled=${none} @click=${() => this.export(this.rows ?? [])}>
        Export all
      </button>
      <button
        class="button danger delete-all"
        ?disabled=${none}
        @click=${() => this.ask("delete all")}
      >
        Delete all…
      </button>
      <button class="button danger quiet forget" @click=${() => this.ask("forget")}>
        Forget everything…
      </button>
    `;
  }

  private question(text: string, action: string, agreed: () => Promise<void>) {
    return html`<span role="alert">${text}</span>
      <button class="button keep" @click=${this.keep} @keydown=${this.onEscape}>Keep</button>
      <button class="button danger" @click=${agreed} @keydown=${this.onEscape}>${action}</button>`;
  }

  private async ask(what: "delete all" | "forget"): Promise<void> {
    this.asking = what;
    await this.focusOn(".keep");
  }

  /** Ends the question, with the focus on the button that began it. */
  private readonly keep = async (): Promise<void> => {
    const began = this.asking === "forget" ? ".forget" : ".delete-all";
    this.asking = "nothing";
    await this.focusOn(began);
  };

  private readonly onEscape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.preventDefault(); // it would close the dialog
    event.stopPropagation();
    void this.keep();
  };

  private async focusOn(selector: string): Promise<void> {
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(selector)?.focus();
  }

  private readonly load = async (): Promise<void> => {
    try {
      this.rows = await this.library.list();
    } catch (error) {
      this.rows ??= [];
      this.problem = problemOf(error);
    }
  };

  private open({ id }: ListedConversation): void {
    this.dialog.close();
    this.dispatchEvent(new CustomEvent("open", { detail: id }));
  }

  private async delete({ id }: ListedConversation): Promise<void> {
    if (id === this.history?.id) this.dispatchEvent(new CustomEvent("gone"));
    const at = this.rows?.findIndex((row) => row.id === id) ?? 0;
    await this.do(() => this.library.delete(id));
    await this.updateComplete;
    const rows = this.renderRoot.querySelectorAll("pa-conversation");
    if (rows.length) rows[Math.min(at, rows.length - 1)]!.focus();
    else await this.focusOn("header button");
  }

  private readonly deleteAll = async (): Promise<void> => {
    this.asking = "nothing";
    this.dispatchEvent(new CustomEvent("gone"));
    await this.do(() => this.library.deleteAll());
    await this.focusOn("header button");
  };

  private readonly forget = async (): Promise<void> => {
    this.asking = "nothing";
    this.dispatchEvent(new CustomEvent("forgetting"));
    const left = await forgetEverything();
    if (!left.length) return location.reload();
    const message = `Not everything is forgotten: ${left.join(", ")} could not be deleted.`;
    const advice =
      "Delete this site's data in the settings of the browser, then load the page again.";
    this.problem = { kind: "not_forgotten", message, advice };
  };

  private readonly persist = async (): Promise<void> => {
    this.persistent = await askToPersist();
    if (!this.persistent) this.note = "The browser did not agree. Export what you must not lose.";
    await this.focusOn("header button");
  };

  private async export(rows: readonly ListedConversation[]): Promise<void> {
    await this.do(async () => {
      const ids = rows.map(({ id }) => id);
      const file = await exported(await this.library.database(), ids);
      download(file, `pyagent-${new Date().toISOString().slice(0, 10)}.zip`);
      this.note = `Exported ${plural(rows.length, "conversation")}.`;
    });
  }

  private readonly onFile = async (): Promise<void> => {
    const [file] = this.chooser.files ?? [];
    if (!file) return;
    await this.do(async () => {
      const added = await imported(await this.library.database(), file);
      this.library.changed();
      this.note = `Added ${plural(added, "conversation")}.`;
    });
    this.chooser.value = ""; // so that the same file can be chosen again
  };

  /** Does something with the list, and shows what goes wrong. */
  private async do(action: () => Promise<void>): Promise<void> {
    this.problem = null;
    this.note = "";
    try {
      await action();
    } catch (error) {
      this.problem = problemOf(error);
    }
    await this.load();
  }

  static override styles = [
    base,
    buttons,
    dialog,
    css`
      .list {
        flex: 1;
        display: grid;
        align-content: start;
        gap: 2px;
        min-height: 180px;
        padding: 0 10px 10px;
        overflow-y: auto;
      }
      .empty {
        margin: 24px 12px;
        line-height: 1.5;
        color: var(--pyagent-muted);
        text-wrap: balance;
      }
      footer p {
        margin: 0;
        font-size: 13px;
        line-height: 1.45;
        color: var(--pyagent-muted);
      }
      .link {
        color: var(--pyagent-accent);
        text-decoration: underline;
        text-underline-offset: 2px;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
        font-size: 14px;
      }
      .actions span {
        flex: 1 1 240px;
        line-height: 1.45;
      }
      @media (width < 520px) {
        .list {
          padding-inline: 4px;
        }
        .actions .button {
          padding: 0 10px;
          font-size: 13.5px;
        }
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-history": PaHistory;
  }
}
