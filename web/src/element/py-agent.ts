/** The element that a page embeds, as a person sees it. */
import { html } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { keyed } from "lit/directives/keyed.js";
import { repeat } from "lit/directives/repeat.js";
import { problemOf } from "../api/error";
import type { RunOptions, Reply, Verdict } from "../api/session";
import type { Problem } from "../protocol";
import { plural } from "../render/format";
import { noOthers, type ModelKind, type SettingsPage, type Theme } from "../settings/settings";
import { AgentElement } from "./agent_element";
import { DropZone } from "./frame/drop_zone";
import { demonstration, sampleFiles, type Example } from "./frame/examples";
import { Follower } from "./frame/follower";
import type { PaComposer, Submission } from "./frame/pa-composer";
import "./frame/pa-composer";
import type { PaConfirm } from "./frame/pa-confirm";
import "./frame/pa-confirm";
import "./frame/pa-header";
import "./frame/pa-notices";
import { modelLoading, progressText } from "./frame/pa-progress";
import "./frame/pa-welcome";
import { CHOOSE_FIRST } from "./frame/sentences";
import type { PaHistory } from "./kept/pa-history";
import "./kept/pa-history";
import { focused } from "./look/focus";
import { icon } from "./look/icons";
import { layout } from "./look/layout";
import { nextFrame } from "./look/next_frame";
import { base, buttons, tokens } from "./look/theme";
import "./run/pa-run";
import type { PaSettings } from "./settings/pa-settings";
import "./settings/pa-settings";
import { activeRun } from "./state/conversation";
import { factsOf } from "./state/facts";
import type { TaskRun } from "./state/run";

/**
 * An agent that solves tasks with Python in this tab.
 *
 * @attr provider - Which model to use: a provider's id, `openai-compatible`, `local` or `demo`.
 * @attr model - The model's name.
 * @attr base-url - Address of the endpoint.
 * @attr agent - The kind of agent: `code` (it writes Python) or `tool_calling`.
 * @attr history - Keeps the conversations in this browser, and offers to open them again.
 * @attr lang - Language of the answers, as a BCP 47 tag; by default, the language of the task.
 * @attr autofocus - Puts the focus into the field for the task when the page opens.
 * @attr theme - `light` or `dark`; by default, what the system or the person chose.
 *
 * @fires pyagent-ready - Tasks can run.
 * @fires pyagent-message - A message of the agent, as declared in protocol.ts, in `detail`.
 * @fires pyagent-result - A task ended; `detail` is its `RunResult`.
 * @fires pyagent-error - A task or the agent failed; `detail` is a `Problem`.
 *
 * @csspart header - The bar at the top.
 * @csspart conversation - The part that scrolls.
 * @csspart task - A task of the person.
 * @csspart steps - The steps of a run.
 * @csspart answer - The answer to a task.
 * @csspart footer - Tokens and seconds of a run.
 * @csspart totals - Totals of all tasks of the visit.
 * @csspart composer - The field for the task.
 *
 * @cssprop --pyagent-accent - Colour of links, focus and the main button.
 * @cssprop --pyagent-background - Background of the conversation.
 * @cssprop --pyagent-surface - Background of outputs and table heads.
 * @cssprop --pyagent-raised - Background of cards, chips and the composer.
 * @cssprop --pyagent-border - Colour of thin lines.
 * @cssprop --pyagent-text - Colour of text.
 * @cssprop --pyagent-muted - Colour of secondary text.
 * @cssprop --pyagent-code - Background of code.
 * @cssprop --pyagent-font - Font of text.
 * @cssprop --pyagent-mono - Font of code.
 * @cssprop --pyagent-radius - Radius of cards.
 * @cssprop --pyagent-column - Width of the conversation.
 */
@customElement("py-agent")
export class PyAgent extends AgentElement {
  @state() private away = false;
  @query(".scroll") private scroller!: HTMLElement;
  @query(".column") private column!: HTMLElement;
  @query("pa-composer") private composer!: PaComposer;
  @query("pa-settings") private dialog!: PaSettings;
  @query("pa-history") private history!: PaHistory;
  @query("pa-confirm") private confirmation!: PaConfirm;

  private readonly dropZone = new DropZone(this, (files) => void this.composer.attach(files));
  private follower: Follower | null = null;
  /** What to do once a model is chosen in the dialog that is open; null for nothing. */
  private whenChosen: (() => void) | null = null;
  /** The key of the run to which the follower went last. */
  private followed = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("keydown", this.onKey);
  }

  protected override firstUpdated(): void {
    if (this.autofocus && focused() === null) this.focusField();
  }

  /** Moves the focus into the field, except on a phone, where that would bring up the keyboard,
   *  which covers half of the page. */
  private focusField(): void {
    const touch = globalThis.matchMedia?.("(pointer: coarse)").matches;
    if (!touch) this.composer.focusField();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.follower?.dispose();
    this.follower = null;
    this.followed = 0;
  }

  /** Draws at most once a frame, however fast messages come; in a hidden tab, by a timer. */
  protected override async scheduleUpdate(): Promise<void> {
    if (this.hasUpdated) await nextFrame();
    super.scheduleUpdate();
  }

  protected override updated(): void {
    if (!this.isConnected) return;
    this.follower ??= new Follower(this.scroller, this.column, (away) => (this.away = away));
    const newest = this.controller.tasks.conversation.runs.at(-1)?.key ?? 0;
    if (newest === this.followed) return;
    this.followed = newest;
    if (newest) this.follower.toEnd();
    else this.follower.toStart();
  }

  protected override render() {
    const { conversation } = this.controller.tasks;
    return html`
      <pa-header
        exportparts="header"
        .theme=${this.theme}
        ?conversing=${conversation.runs.length > 0}
        ?keeps=${this.controller.history !== null}
        .offline=${this.offline?.state.phase === "ready" ? this.offline.packages : null}
        @new=${() => void this.startAnew()}
        @history=${() => void this.history.show()}
        @theme=${this.onTheme}
        @settings=${({ detail }: CustomEvent<SettingsPage | null>) => this.openSettings(detail)}
      ></pa-header>
      <div class="middle">
        <div
          class="scroll"
          part="conversation"
          tabindex="0"
          role="region"
          aria-label="Conversation"
        >
          <div class="column">${conversation.runs.length ? this.runs() : this.welcome()}</div>
        </div>
        ${
          this.away && conversation.runs.length
            ? html`<button class="button latest" @click=${this.onLatest}>
                ${icon("down", 16)} Jump to latest
              </button>`
            : ""
        }
      </div>
      <div class="bottom">${this.bottom()}</div>
      <pa-settings
        .controller=${this.controller}
        .progress=${this.controller.progress}
        @chosen=${this.onChosen}
        .offline=${this.offline?.state ?? null}
        .packages=${this.offline?.packages ?? null}
      ></pa-settings>
      <pa-history
        .history=${this.controller.history}
        @open=${this.onOpen}
        @gone=${() => void this.clear()}
        @forgetting=${() => this.close()}
      ></pa-history>
      <pa-confirm
        question="Start a new conversation?"
        consequence="This one is not kept. Files that you did not download are lost."
        action="Start anew"
      ></pa-confirm>
      ${this.dropZone.active ? html`<div class="drop">Drop files to attach them</div>` : ""}
    `;
  }

  private runs() {
    const { runs } = this.controller.tasks.conversation;
    // The next session counts its runs from 1 again and must not reuse the components of this one.
    return keyed(this.controller, html`${this.tasks(runs)}${this.totals()}`);
  }

  /** Shows the totals, if they say more than the footer of the only task. */
  private totals() {
    const { totals, tasks } = this.controller;
    if (totals.runs < 2 || activeRun(tasks.conversation)) return "";
    const facts = [plural(totals.runs, "task"), ...factsOf({ ...totals, steps: tasks.steps })];
    return html`<p class="totals" part="totals">This visit: ${facts.join(" · ")}</p>`;
  }

  private tasks(runs: readonly TaskRun[]) {
    return repeat(
      runs,
      (run) => run.key,
      (run, index) =>
        html`<pa-run
          exportparts="task, steps, answer, footer"
          .run=${run}
          .given=${this.controller.tasks.givenTo(run.key).files}
          .waiting=${index === runs.length - 1 ? this.progressText : ""}
          ?last=${index === runs.length - 1 && !this.controller.history?.follows}
          @settings=${(event: CustomEvent<SettingsPage | null>) => this.openSettings(event.detail)}
          @answered=${({ detail }: CustomEvent<Element>) => this.follower?.toAnswer(detail)}
          @verdict=${this.onVerdict}
          @reply=${this.onReply}
          ?resumable=${this.controller.tasks.isResumable}
          @retry=${() => this.retry(run)}
          @resume=${() => void this.resume()}
          @try-now=${() => this.controller.tasks.tryNow()}
          @stop=${() => this.stop()}
        ></pa-run>`,
    );
  }

  private welcome() {
    return html`<pa-welcome
      .kind=${this.controller.preferences.settings.kind}
      .recent=${this.controller.history?.recent ?? []}
      @open=${this.onOpen}
      @way=${this.onWay}
      @example=${this.onExample}
    ></pa-welcome>`;
  }

  private bottom() {
    const { controller } = this;
    const run = activeRun(controller.tasks.conversation);
    const demo = controller.preferences.settings.kind === "demo";
    const [model, ...others] = controller.preferences.modelNames;
    return html`
      <pa-notices
        .problem=${controller.problem}
        .progress=${run ? null : controller.progress}
        ?outdated=${this.offline?.state.update && !run}
        ?ends=${controller.tasks.conversation.runs.length > 0 && !controller.history}
        ?followed=${controller.history?.follows}
        ?demo=${demo}
        @settings=${({ detail }: CustomEvent<SettingsPage | null>) => this.openSettings(detail)}
        @stop=${() => controller.cancelLoading()}
        @update=${() => this.offline?.takeUpdate()}
        @take=${() => void controller.takeOver()}
        @new=${() => void this.startAnew()}
      ></pa-notices>
      <pa-composer
        exportparts="composer"
        ?running=${run !== null}
        ?stopping=${run?.phase === "stopping"}
        .model=${model}
        .others=${others.length}
        .loading=${modelLoading(controller.progress)}
        @submission=${({ detail }: CustomEvent<Submission>) => this.submit(detail.task, detail)}
        @stop=${() => this.stop()}
        @settings=${() => this.openSettings()}
      ></pa-composer>
      ${
        demo
          ? ""
          : html`<p class="fine">
              Code runs in a sandbox in this tab. Models make mistakes: check what matters.
            </p>`
      }
    `;
  }

  private get progressText(): string {
    const { progress } = this.controller;
    return progress ? progressText(progress) : "";
  }

  /** Attaches files to the next task, and puts text into its field after what is there. */
  async attach(files: Iterable<File>, text = ""): Promise<void> {
    await this.updateComplete;
    if (text) this.composer.add(text);
    await this.composer.attach(files);
  }

  /** Stops the run. The tasks that wait for its end go back into the field. */
  override stop(): void {
    super.stop();
    this.composer?.takeBack();
  }

  private submit(task: string, options: RunOptions): void {
    this.composer.remember(task);
    if (this.controller.preferences.settings.kind === null) {
      this.composer.fill(task, options.files ?? []);
      this.openSettings("endpoint", CHOOSE_FIRST, () => this.composer.submitField());
      return;
    }
    void this.run(task, options).then(
      ({ problem, steps }) => {
        if (problem?.kind !== "no_key" && problem?.kind !== "no_model") return;
        const again = steps ? null : () => this.submit(task, options);
        const advice = again ? `${problem.advice} The task then runs.` : problem.advice;
        this.openSettings(null, { ...problem, advice }, again);
      },
      (error: unknown) => {
        this.composer.putBack({ task, files: [...(options.files ?? [])] });
        this.controller.show(problemOf(error));
      },
    );
  }

  private retry({ task, key }: TaskRun): void {
    this.focusField(); // the button goes away
    this.submit(task, this.controller.tasks.givenTo(key));
  }

  private async startAnew(): Promise<void> {
    const { history } = this.controller;
    if (!history && !(await this.confirmation.ask())) return;
    this.composer.takeBack();
    await (history ? this.controller.leave() : this.clear());
    this.composer.focusField();
  }

  /** Opens the settings, with the reason if they open by themselves. */
  private openSettings(
    page: SettingsPage | null = null,
    reason: Problem | null = null,
    whenChosen: (() => void) | null = null,
  ): void {
    this.whenChosen = whenChosen;
    void this.dialog.show(page, reason);
  }

  private readonly onChosen = (): void => {
    const { whenChosen } = this;
    this.whenChosen = null;
    this.focusField();
    whenChosen?.();
  };

  private readonly onLatest = (): void => {
    this.follower?.toEnd();
    this.scroller.focus({ preventScroll: true }); // the button goes away
  };

  private readonly onTheme = ({ detail }: CustomEvent<Theme>): void => {
    this.theme = detail;
    this.controller.keep({ theme: detail });
  };

  private readonly onWay = ({ detail }: CustomEvent<ModelKind>): void => {
    if (detail !== "demo") return this.openSettings(detail);
    this.controller.keep({ kind: "demo", ...noOthers });
    void this.tryExample(demonstration);
  };

  private readonly onExample = ({ detail }: CustomEvent<Example>): void => {
    void this.tryExample(detail);
  };

  private async tryExample(example: Example): Promise<void> {
    this.focusField(); // the button goes away
    try {
      this.submit(example.task, { files: await sampleFiles(example) });
    } catch (error) {
      this.controller.show(problemOf(error));
    }
  }

  private readonly onOpen = ({ detail }: CustomEvent<string>): void => {
    void this.controller.open(detail);
  };

  private readonly onVerdict = (event: CustomEvent<Verdict>): void => {
    event.stopPropagation(); // it is not an event of the element
    this.controller.tasks.approve(event.detail);
  };

  private readonly onReply = (event: CustomEvent<Reply>): void => {
    event.stopPropagation(); // it is not an event of the element
    this.controller.tasks.reply(event.detail);
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    const inDialog = event.composedPath().some((node) => node instanceof HTMLDialogElement);
    if (event.key === "Escape" && !inDialog) this.stop();
  };

  static override styles = [tokens, base, buttons, layout];
}

declare global {
  interface HTMLElementTagNameMap {
    "py-agent": PyAgent;
  }
}
