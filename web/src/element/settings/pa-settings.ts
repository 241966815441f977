/** The settings panel: the model, the agent, the keys. */
import { html, LitElement } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { problemOf } from "../../api/error";
import type { Progress } from "../../api/session";
import type { OfflineState } from "../../offline/offline";
import type { KeptPackages } from "../../offline/packages";
import type { Problem } from "../../protocol";
import { providerById } from "../../providers";
import {
  defaultSettings,
  modelsOf,
  noOthers,
  type Chosen,
  type ModelKind,
  type Settings,
  type SettingsPage,
} from "../../settings/settings";
import { changesOf } from "../../settings/agent_options";
import type { Controller } from "../controller";
import "../frame/pa-progress";
import { dialog } from "../look/dialog";
import { icon, type IconName } from "../look/icons";
import { base, buttons, fields } from "../look/theme";
import "../run/pa-problem";
import { panel } from "./panel_look";
import "./pa-agent-form";
import type { PaEndpointForm } from "./pa-endpoint-form";
import "./pa-endpoint-form";
import type { PaLocalForm } from "./pa-local-form";
import "./pa-local-form";
import "./pa-offline";
import "./pa-packages";
import { usedMark, usedMarkStyles } from "./used_mark";

interface PageEntry {
  page: SettingsPage;
  icon: IconName;
  label: string;
}

const PAGES: PageEntry[] = [
  { page: "endpoint", icon: "key", label: "Endpoint" },
  { page: "local", icon: "chip", label: "Local model" },
  { page: "demo", icon: "play", label: "Demo" },
  { page: "agent", icon: "settings", label: "Agent" },
];
/** Only the page that is ours to keep has it. */
const OFFLINE_PAGE = { page: "offline", icon: "download", label: "Offline" } as const;

/** The inputs that are not typed into. */
const NOT_TYPED = ["checkbox", "radio", "file", "button"];

/** @fires chosen - A model was chosen, and the dialog is closed. */
@customElement("pa-settings")
export class PaSettings extends LitElement {
  @property({ attribute: false }) controller!: Controller;
  /** The progress of what the controller is loading. */
  @property({ attribute: false }) progress: Progress | null = null;
  /** How far the page is kept for offline use; null when it is not ours to keep. */
  @property({ attribute: false }) offline: OfflineState | null = null;
  /** The packages that may be kept with it. */
  @property({ attribute: false }) packages: KeptPackages | null = null;
  @state() private page: SettingsPage = "endpoint";
  /** The settings that the forms show. */
  @state() private draft: Settings = defaultSettings;
  /** The agent's settings when the dialog opened. */
  private agentBefore = defaultSettings.agent;
  @state() private problem: Problem | null = null;
  /** Why the dialog opened by itself; null when the person opened it. */
  @state() private reason: Problem | null = null;
  @state() private busy = false;
  /** Whether the dialog is open. The forms exist only then, so that text that was not used is
   *  lost. */
  @state() private open = false;
  private pressedOutside = false;
  @query("dialog") private dialog!: HTMLDialogElement;
  @query("pa-endpoint-form") private endpointForm!: PaEndpointForm | null;
  @query("pa-local-form") private localForm!: PaLocalForm | null;

  /** Opens the dialog at `page`, by default at that of the model in use. With a `reason`, the dialog
   *  shows it, and the focus goes to the field that it is about. */
  async show(page?: SettingsPage | null, reason: Problem | null = null): Promise<void> {
    const { settings } = this.controller.preferences;
    const { endpoint } = settings;
    const { id } = providerById(endpoint.provider); // an attribute may name an unknown provider
    this.draft = { ...settings, endpoint: { ...endpoint, provider: id } };
    this.agentBefore = settings.agent;
    this.page = page ?? settings.kind ?? "endpoint";
    this.problem = null;
    this.reason = reason;
    this.open = true;
    await this.updateComplete; // so that the focus goes to the tab that is now selected
    if (!this.dialog.open) this.dialog.showModal();
    if (reason) await this.endpointForm?.attendTo(reason.kind);
  }

  protected override render() {
    return html`<dialog
      aria-labelledby="title"
      @pointerdown=${this.onPress}
      @click=${this.onClick}
      @close=${() => (this.open = false)}
    >
      <form class="inside" method="dialog" novalidate @submit=${this.onSubmit}>
        <header>
          <h2 id="title">Settings</h2>
          <button type="button" class="icon" aria-label="Close" @click=${() => this.dialog.close()}>
            ${icon("close")}
          </button>
        </header>
        <div class="tabs" role="tablist" aria-label="Pages" @keydown=${this.onTabKey}>
          ${this.pages.map((entry) => this.tab(entry))}
        </div>
        ${this.why()}
        <div
          class="page"
          role="tabpanel"
          aria-labelledby="tab-${this.page}"
          @keydown=${this.onFieldKey}
        >
          ${this.open ? this.shownPage() : ""}
        </div>
        <footer>
          ${
            this.busy && this.progress
              ? html`<pa-progress .progress=${this.progress}></pa-progress>`
              : ""
          }
          ${this.problem ? html`<pa-problem .problem=${this.problem} plain></pa-problem>` : ""}
          <div class="actions">
            ${this.cancelButton()}
            <button class="button primary" ?disabled=${this.busy}>${this.action}</button>
          </div>
        </footer>
      </form>
    </dialog>`;
  }

  /** What is done on the page about offline use is done at once, so there is nothing to cancel. */
  private cancelButton() {
    if (this.page === "offline" && !this.busy) return "";
    const [text, action] = this.busy
      ? ["Cancel loading", () => this.controller.cancelLoading()]
      : ["Cancel", () => this.dialog.close()];
    return html`<button type="button" class="button" @click=${action}>${text}</button>`;
  }

  private get pages(): PageEntry[] {
    return this.offline ? [...PAGES, OFFLINE_PAGE] : PAGES;
  }

  private tab({ page, icon: name, label }: PageEntry) {
    const selected = page === this.page;
    const used = modelsOf(this.controller.preferences.settings).some(({ kind }) => kind === page);
    return html`<button
      type="button"
      role="tab"
      id="tab-${page}"
      aria-selected=${selected}
      tabindex=${selected ? 0 : -1}
      ?autofocus=${selected}
      @click=${() => this.turnTo(page)}
    >
      ${icon(name, 17)} ${label} ${used ? usedMark(page, this.progress) : ""}
    </button>`;
  }

  /** Shows the reason above the part that scrolls, so that it stays in view. */
  private why() {
    if (!this.reason) return "";
    return html`<pa-problem class="why" .problem=${this.reason} plain></pa-problem>`;
  }

  /** Names the models that a page set together. A model chosen here replaces them all. */
  private several() {
    const names = this.controller.preferences.modelNames;
    if (names.length < 2 || !isOfModel(this.page)) return "";
    const all = new Intl.ListFormat("en").format(names);
    return html`<p class="several">
      This page uses ${names.length} models: ${all}. The one that you choose here replaces them.
    </p>`;
  }

  private form() {
    const { controller, draft } = this;
    const change = (event: CustomEvent<Partial<Settings>>) => {
      this.draft = { ...this.draft, ...event.detail };
      this.problem = null;
    };
    switch (this.page) {
      case "endpoint":
        return html`<pa-endpoint-form
          .endpoint=${draft.endpoint}
          .vault=${controller.preferences.vault}
          @change=${change}
        ></pa-endpoint-form>`;
      case "local":
        return html`<pa-local-form
          .selected=${draft.local}
          .controller=${controller}
          @change=${change}
        ></pa-local-form>`;
      case "demo":
        return html`<p class="about">
          A fixed script plays the model and solves one task on real weather data. The agent, the
          sandbox, the code, the table, the plot and the files are real. It needs no key, no
          download and no network.
        </p>`;
      case "agent":
        return html`<pa-agent-form .agent=${draft.agent} @change=${change}></pa-agent-form>`;
      case "offline":
        return this.packages ? html`<pa-packages .packages=${this.packages}></pa-packages>` : "";
    }
  }

  private shownPage() {
    const line = this.offlineLine();
    const isFirst = this.page === "offline";
    return html`${this.several()}${isFirst ? line : ""}${this.form()}${isFirst ? "" : line}`;
  }

  /** The pages of what works without a network say whether this page does. */
  private offlineLine() {
    const { offline, page } = this;
    if (!offline || page === "endpoint" || page === "agent") return "";
    return html`<pa-offline .offline=${offline} .packages=${this.packages}></pa-offline>`;
  }

  private get action(): string {
    if (this.page === "agent") return "Save";
    if (this.page === "offline") return "Done";
    if (this.page === "demo") return "Use the demonstration";
    return this.busy ? "Loading…" : "Use this model";
  }

  private turnTo(page: SettingsPage): void {
    this.page = page;
    this.problem = null;
  }

  private onTabKey(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const { pages } = this;
    const index = pages.findIndex(({ page }) => page === this.page);
    this.turnTo(pages.at((index + step) % pages.length)!.page);
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>("[aria-selected=true]")?.focus(),
    );
  }

  /** Submits with Enter in any field of a form, whose shadow root keeps the browser from doing so. */
  private onFieldKey(event: KeyboardEvent): void {
    const [field] = event.composedPath();
    const typed = field instanceof HTMLInputElement && !NOT_TYPED.includes(field.type);
    if (event.key !== "Enter" || event.isComposing || event.defaultPrevented || !typed) return;
    event.preventDefault();
    field.dispatchEvent(new Event("change", { bubbles: true })); // forms read some fields only then
    void this.save();
  }

  private onSubmit(event: SubmitEvent): void {
    event.preventDefault();
    void this.save();
  }

  /** Saves and closes, or stays open and shows what is wrong. */
  private async save(): Promise<void> {
    const { page, controller } = this;
    if (this.busy) return;
    if (!isOfModel(page)) {
      controller.keep(this.agentPart);
      this.dialog.close();
      return;
    }
    this.busy = true;
    this.problem = null;
    try {
      await this.endpointForm?.commit();
      const chosen = { ...this.agentPart, ...this.modelPart(page) };
      // Only a local model has something to load. An open dialog would swallow what is typed.
      await (page === "local" ? controller.choose(chosen) : controller.adopt(chosen));
      this.dialog.close();
      this.dispatchEvent(new Event("chosen"));
    } catch (error) {
      const problem = problemOf(error);
      this.problem = problem.kind === "replaced" ? null : problem;
    } finally {
      this.busy = false;
      void this.localForm?.load(); // a part of a model may be here now
    }
  }

  /** Returns what was changed in the agent, on any tab of the dialog. The rest is left to the page,
   *  which may set it meanwhile. */
  private get agentPart(): Chosen {
    return { agent: changesOf(this.agentBefore, this.draft.agent) };
  }

  /** Returns the chosen model, without any others. */
  private modelPart(kind: ModelKind): Chosen {
    const { endpoint, local } = this.draft;
    const part = { kind, ...noOthers };
    if (kind === "endpoint") return { ...part, endpoint };
    return kind === "local" ? { ...part, local } : part;
  }

  private onPress(event: Event): void {
    this.pressedOutside = event.target === this.dialog;
  }

  /** Closes the dialog on a click outside. A press that began inside, to select text or because a
   *  button moved, does not close it. */
  private onClick(event: Event): void {
    const outside = this.pressedOutside && event.target === this.dialog;
    if (outside && !this.busy) this.dialog.close();
  }

  static override styles = [base, buttons, fields, usedMarkStyles, dialog, panel];
}

/** Whether a page of the dialog is about a model to use. */
function isOfModel(page: SettingsPage): page is ModelKind {
  return page !== "agent" && page !== "offline";
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-settings": PaSettings;
  }
}
