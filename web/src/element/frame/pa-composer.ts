/** The field for a task: text, files, the model in use, and a button to send or stop. */
import { css, html, LitElement, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { icon } from "../look/icons";
import { base, buttons } from "../look/theme";
import "../results/pa-file";
import { accept, withFreeNames } from "../state/files";
import { Draft, textOf } from "./draft";
import "./pa-waiting";
import { Recall } from "./recall";

export interface Submission {
  task: string;
  files: File[];
}

/**
 * A task that is given while a run goes on waits here until the run has ended.
 *
 * @fires submission - A task and its files, as `CustomEvent<Submission>`.
 * @fires stop - The person wants the run to end.
 * @fires settings - The person wants to see the settings.
 */
@customElement("pa-composer")
export class PaComposer extends LitElement {
  @property({ type: Boolean }) running = false;
  @property({ type: Boolean }) stopping = false;
  /** The model in use; empty when none was chosen. */
  @property() model = "";
  /** The number of other models that act as one with it. */
  @property({ type: Number }) others = 0;
  /** How much of the model is loaded, if it is loading; empty otherwise. */
  @property() loading = "";
  @state() private task = "";
  @state() private files: File[] = [];
  @state() private faults: string[] = [];
  /** The tasks that wait for the end of the run, in their order. */
  @state() private waiting: readonly Submission[] = [];
  @query("textarea") private textarea!: HTMLTextAreaElement;
  @query("input") private picker!: HTMLInputElement;
  private readonly recall = new Recall();
  private readonly draft = new Draft(this, () => ({
    text: textOf(this.unsent),
    more: this.running || this.unsent.length > 1 || this.files.length > 0,
  }));

  override connectedCallback(): void {
    super.connectedCallback();
    this.task ||= this.draft.read();
  }

  /** The waiting tasks and what is in the field, in their order. */
  private get unsent(): Submission[] {
    return [...this.waiting, { task: this.task, files: this.files }];
  }

  /** Replaces the content of the field with a task. */
  fill(task: string, files: readonly File[] = []): void {
    this.task = task;
    this.files = [...files];
    this.faults = [];
    this.focusField();
  }

  /** Adds text to what is in the field. */
  add(text: string): void {
    this.task = [this.task.trimEnd(), text].filter(Boolean).join("\n\n");
  }

  focusField(): void {
    void this.updateComplete.then(() => this.textarea.focus());
  }

  /** Lets the arrow keys bring back a task. */
  remember(task: string): void {
    this.recall.remember(task);
  }

  /** Submits what is in the field, if anything. */
  submitField(): void {
    this.submit();
  }

  /** Puts the waiting tasks back into the field, before what is there. */
  takeBack(): void {
    if (!this.waiting.length) return;
    const { waiting } = this;
    this.waiting = [];
    this.putBack(...waiting);
  }

  /** Puts tasks into the field, before what is there. */
  putBack(...tasks: readonly Submission[]): void {
    const all = [...tasks, { task: this.task, files: this.files }];
    this.fill(
      textOf(all),
      all.flatMap(({ files }) => files),
    );
  }

  /** Attaches files, and shows a sentence for each one that cannot be used. */
  async attach(files: Iterable<File>): Promise<void> {
    const { files: accepted, faults, renamed } = await accept(files);
    const names = new Set(accepted.map(({ name }) => name));
    this.files = [...this.files.filter(({ name }) => !names.has(name)), ...accepted];
    this.faults = [...faults, ...renamed];
    this.focusField();
  }

  protected override render() {
    return html`
      ${
        this.waiting.length
          ? html`<pa-waiting
              .tasks=${this.waiting}
              @remove=${({ detail }: CustomEvent<Submission>) => this.drop(detail)}
            ></pa-waiting>`
          : ""
      }
      <form part="composer" @submit=${this.submit}>
        ${
          this.files.length
            ? html`<div class="files">
                ${this.files.map(
                  (file) =>
                    html`<pa-file
                      .name=${file.name}
                      .size=${file.size}
                      .picture=${file}
                      removable
                      @remove=${() => this.detach(file)}
                    ></pa-file>`,
                )}
              </div>`
            : ""
        }
        ${this.faults.map((fault) => html`<p role="alert">${icon("alert", 15)} ${fault}</p>`)}
        <textarea
          rows="1"
          aria-label="Task"
          placeholder="Describe a task, attach files…"
          .value=${this.task}
          @input=${this.onInput}
          @keydown=${this.onKey}
          @paste=${this.onPaste}
        ></textarea>
        <div class="bar">
          <input type="file" multiple hidden @change=${this.onPicked} />
          <button
            type="button"
            class="icon"
            aria-label="Attach files"
            title="Attach files"
            @click=${() => this.picker.click()}
          >
            ${icon("attach")}
          </button>
          <button
            type="button"
            class="model"
            title="Model and settings"
            @click=${this.openSettings}
          >
            <span class="name">${this.model || "Choose a model"}</span>
            ${this.others ? html`<span>+ ${this.others}</span>` : ""}
            ${this.loading ? html`<span class="loading">${this.loading}</span>` : ""}
            ${icon("chevron", 13)}
          </button>
          <span class="end">
            ${!this.running || this.task.trim() ? this.sendButton() : ""}
            ${this.running ? this.stopButton() : ""}
          </span>
        </div>
      </form>
    `;
  }

  private drop(submission: Submission): void {
    this.waiting = this.waiting.filter((other) => other !== submission);
    this.focusField();
  }

  private sendButton() {
    const later = this.running;
    return html`<button
      class=${later ? "go later" : "go"}
      aria-label=${later ? "Send after this task" : "Send"}
      title=${later ? "Send after this task (Enter)" : "Send (Enter)"}
      ?disabled=${!this.task.trim()}
    >
      ${icon("send", 19)}
    </button>`;
  }

  private stopButton() {
    return html`<button
      type="button"
      class="go"
      aria-label="Stop"
      title="Stop (Esc)"
      ?disabled=${this.stopping}
      @click=${() => this.dispatchEvent(new Event("stop"))}
    >
      ${icon("stop", 19)}
    </button>`;
  }

  private submit(event?: Event): void {
    event?.preventDefault();
    const task = this.task.trim();
    if (!task) return;
    const submission: Submission = { task, files: this.files };
    this.task = "";
    this.files = [];
    this.faults = [];
    this.remember(task);
    if (this.running) this.waiting = [...this.waiting, submission];
    else this.send(submission);
  }

  private send(detail: Submission): void {
    this.dispatchEvent(new CustomEvent("submission", { detail }));
  }

  private onInput(): void {
    this.task = this.textarea.value;
  }

  private onKey(event: KeyboardEvent): void {
    // In East Asian input, Enter also confirms a word.
    if (event.shiftKey || event.ctrlKey || event.altKey || event.metaKey || event.isComposing)
      return;
    if (event.key === "Enter") {
      event.preventDefault();
      return this.submit();
    }
    const recalled = this.recall.move(event.key, this.task);
    if (recalled === null) return;
    event.preventDefault();
    this.task = recalled;
    void this.updateComplete.then(() => this.textarea.setSelectionRange(-1, -1));
  }

  private onPaste(event: ClipboardEvent): void {
    const files = event.clipboardData?.files;
    if (!files?.length) return;
    event.preventDefault();
    // Every pasted picture has the same name.
    void this.attach(withFreeNames(files, this.files));
  }

  private onPicked(): void {
    void this.attach([...(this.picker.files ?? [])]);
    this.picker.value = ""; // so that the person can choose the same file again
  }

  private detach(file: File): void {
    this.files = this.files.filter((other) => other !== file);
    this.focusField();
  }

  private openSettings(): void {
    this.dispatchEvent(new Event("settings"));
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("running") || this.running) return;
    const [first, ...others] = this.waiting;
    this.waiting = others;
    if (first) this.send(first);
  }

  protected override updated(changed: PropertyValues): void {
    // A height takes a layout of the whole page. While the element is hidden, it is 0.
    if (!changed.has("task") && this.textarea.style.height !== "0px") return;
    this.textarea.style.height = "auto";
    this.textarea.style.height = `${this.textarea.scrollHeight}px`;
  }

  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: block;
      }
      form {
        padding: 8px;
        border: 1px solid var(--pyagent-border-strong);
        border-radius: 22px;
        background: var(--pyagent-raised);
        box-shadow: 0 4px 20px var(--pyagent-shadow);
      }
      form:has(textarea:focus-visible) {
        border-color: var(--pyagent-accent);
        outline: 1px solid var(--pyagent-accent);
      }
      textarea:focus-visible {
        outline: none;
      }
      .files {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        padding: 4px 4px 8px;
      }
      p {
        display: flex;
        gap: 8px;
        margin: 0;
        padding: 2px 8px 8px;
        font-size: 13.5px;
        color: var(--pyagent-danger);
      }
      textarea {
        display: block;
        width: 100%;
        max-height: 40dvh;
        padding: 8px 10px;
        border: 0;
        background: none;
        color: inherit;
        font: inherit;
        font-size: 16px;
        line-height: 1.5;
        resize: none;
      }
      textarea::placeholder {
        color: var(--pyagent-muted);
        opacity: 1;
      }
      .bar {
        display: flex;
        align-items: center;
        gap: 4px;
      }
      .icon {
        border-radius: 50%;
      }
      .model {
        display: flex;
        align-items: center;
        gap: 5px;
        min-width: 0;
        min-height: 36px;
        padding: 0 10px;
        border-radius: 18px;
        font-size: 13.5px;
        color: var(--pyagent-muted);
      }
      .model svg {
        rotate: 90deg;
      }
      .model span {
        white-space: nowrap;
      }
      .name {
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .loading {
        padding: 1px 7px;
        border-radius: 9px;
        background: var(--pyagent-warning-soft);
        color: var(--pyagent-warning);
        font-size: 12px;
        font-variant-numeric: tabular-nums;
      }
      .model:hover {
        background: var(--pyagent-hover);
        color: var(--pyagent-text);
      }
      .go {
        display: grid;
        place-items: center;
        flex: none;
        width: 36px;
        height: 36px;
        border-radius: 50%;
        background: var(--pyagent-text);
        color: var(--pyagent-background);
      }
      .end {
        display: flex;
        gap: 6px;
        margin-left: auto;
      }
      .go.later {
        background: var(--pyagent-hover);
        color: var(--pyagent-text);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-composer": PaComposer;
  }
}
