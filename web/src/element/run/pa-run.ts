/** Shows a task and its run: the person's message, the steps, the answer. */
import { css, html, LitElement, nothing } from "lit";
import type { PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Bundle, Problem, RunFinished } from "../../protocol";
import { viewOfAnswer } from "../../render/bundle";
import type { View } from "../../render/bundle";
import { count, duration, plural } from "../../render/format";
import { icon } from "../look/icons";
import { base } from "../look/theme";
import "../results/pa-bundle";
import "../results/pa-copy";
import "../results/pa-file";
import "../results/pa-image";
import { factsOf } from "../state/facts";
import type { ProducedFile, Step, TaskRun } from "../state/run";
import { noticesOf, stepCount, stepsOf } from "../state/shown_steps";
import { questionsIn, statusOf, tasksDone } from "../state/status";
import "./pa-elapsed";
import "./pa-interrupted";
import "./pa-notice";
import "./pa-paused";
import "./pa-problem";
import { mayBeRich } from "./pa-shown";
import "./pa-steps";
import { filesRow, producedRow } from "./produced";

/**
 * @fires answered - The answer is drawn; `detail` is its element.
 * @fires settings - The person wants to change the settings, at the page in `detail`.
 * @fires retry - The person wants to try this task again.
 * @fires resume - The person wants the interrupted run to go on.
 * @fires try-now - The person wants a paused run to try again at once.
 * @fires stop - The person wants to stop a paused run.
 */
@customElement("pa-run")
export class PaRun extends LitElement {
  @property({ attribute: false }) run!: TaskRun;
  /** The files that were given with the task. */
  @property({ attribute: false }) given: readonly File[] | undefined;
  /** What the run waits for, or what the model does, such as "Loading Python, 40 %". */
  @property() waiting = "";
  @property({ type: Boolean }) last = false;
  /** Whether the run was interrupted and can go on where it was. */
  @property({ type: Boolean }) resumable = false;
  @state() private open = true;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("run") || changed.get("run")?.phase === "finished") return;
    if (this.run.result?.reason === "answered") this.open = false;
  }

  protected override updated(changed: PropertyValues<this>): void {
    const before = changed.get("run");
    if (!before || before.phase === "finished" || this.run.phase !== "finished") return;
    const detail = this.renderRoot.querySelector(".outcome .answer");
    if (detail) this.dispatchEvent(new CustomEvent("answered", { detail }));
  }

  protected override render() {
    const { run } = this;
    const steps = stepsOf(run);
    return html`
      <article aria-label="Task ${run.key}">
        <div class="task" part="task">
          ${
            run.inputs.length
              ? html`<div class="files">
                  ${run.inputs.map(
                    (file, index) =>
                      html`<pa-file
                        .name=${file.path}
                        .size=${file.size_bytes}
                        .picture=${this.given?.[index] ?? null}
                      ></pa-file>`,
                  )}
                </div>`
              : ""
          }
          <p>${run.task}</p>
        </div>
        ${noticesOf(run).map((notice) => html`<pa-notice .notice=${notice}></pa-notice>`)}
        ${steps.length ? this.steps(steps) : ""} ${this.pause()}
        <div role="status">${this.status()}</div>
        <div class="outcome" aria-live="polite">${this.outcome()}</div>
      </article>
    `;
  }

  private steps(steps: readonly Step[]) {
    const { phase, result, batch, task } = this.run;
    const name = batch ? (steps.length > 1 ? "Part" : "") : "Step";
    const what = batch ? task : plural(stepCount(this.run), "step");
    const title = `${what}${result ? ` · ${duration(result.seconds)}` : ""}`;
    return html`<details
      class=${phase === "finished" ? "steps finished" : "steps"}
      part="steps"
      .open=${this.open}
      @toggle=${this.onToggle}
    >
      <summary>${icon("chevron", 15)} ${title}</summary>
      <pa-steps .steps=${steps} .name=${name} ?open=${this.open}></pa-steps>
    </details>`;
  }

  private onToggle(event: Event): void {
    this.open = (event.currentTarget as HTMLDetailsElement).open;
  }

  /** Why the run waits; undefined when it does not, or is about to end. */
  private get paused(): string | undefined {
    const { pauses, phase } = this.run;
    return phase === "running" ? pauses.values().next().value : undefined;
  }

  private pause() {
    const message = this.paused;
    if (message === undefined) return "";
    return html`<pa-paused
      .message=${message}
      @try-now=${this.pass}
      @stop=${this.pass}
    ></pa-paused>`;
  }

  private status() {
    const status = statusOf(this.run);
    if (!status || this.paused) return "";
    const own = questionsIn(this.run).length > 0 || this.run.phase === "stopping";
    return html`<p class="status">
      <span class="dot"></span> ${own ? status : this.waiting || status} <pa-elapsed></pa-elapsed>
    </p>`;
  }

  private outcome() {
    const { run } = this;
    if (run.phase === "interrupted") return this.interrupted();
    if (run.phase !== "finished") return "";
    const problem = problemIn(run);
    const answer = answerOf(run);
    return html`
      ${
        this.open
          ? ""
          : shownIn(run).map(
              (bundle) => html`<pa-shown .bundle=${bundle} .answer=${answer}></pa-shown>`,
            )
      }
      ${answer ? html`<pa-bundle class="answer" part="answer" .view=${answer} name="answer"></pa-bundle>` : ""}
      ${
        problem
          ? html`<pa-problem
              .problem=${problem}
              ?retryable=${this.last && !run.batch}
              @settings=${this.pass}
              @retry=${this.pass}
            ></pa-problem>`
          : ""
      }
      ${run.result?.reason === "cancelled" ? html`<p class="note">Stopped.</p>` : ""}
      ${this.produced()}
      ${run.result && (run.result.steps || stepCount(run)) ? this.footer(run.result, answer) : ""}
    `;
  }

  private interrupted() {
    const { last, resumable, run } = this;
    const steps = run.steps.filter(({ phase }) => phase !== "interrupted");
    return html`${this.produced()}
      <pa-interrupted
        ended=${run.batch ? tasksDone(run) : steps.length}
        batch=${run.batch ? run.task : ""}
        ?complete=${run.batch && run.task.startsWith(`${count(tasksDone(run))} `)}
        ?resumable=${last && resumable}
        ?retryable=${last && !run.batch}
        @resume=${this.pass}
        @retry=${this.pass}
      ></pa-interrupted>`;
  }

  /** Passes an event of a problem on as this run's own. */
  private pass({ type, detail }: CustomEvent): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  private produced() {
    const { produced } = this.run;
    if (!produced.length) return "";
    const pictures = produced.filter(({ info }) => info.media_type.startsWith("image/"));
    const chips = produced.filter((file) => !pictures.includes(file));
    return html`
      ${pictures.map(({ info, blob }) => html`<pa-image .blob=${blob} .name=${info.path}></pa-image>`)}
      ${producedRow(chips)}
    `;
  }

  private footer(result: RunFinished, answer: View | null) {
    const facts = [this.run.model, ...factsOf({ ...result, steps: stepCount(this.run) })];
    const text = answer?.kind === "markdown" || answer?.kind === "text" ? answer.text : null;
    return html`<footer part="footer">
      ${text === null ? nothing : html`<pa-copy .text=${text} what="answer"></pa-copy>`}
      <span>${facts.join(" · ")}</span>
    </footer>`;
  }

  static override styles = [
    base,
    filesRow,
    css`
      :host {
        display: block;
      }
      article,
      .outcome {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 16px;
      }
      [role="status"]:empty,
      .outcome:empty {
        display: none;
      }
      .task {
        justify-self: end;
        display: grid;
        justify-items: end;
        gap: 8px;
        max-width: min(88%, 620px);
      }
      .task p {
        margin: 0;
        padding: 10px 16px;
        border-radius: 18px;
        border-end-end-radius: 6px;
        background: var(--pyagent-accent-soft);
        line-height: 1.5;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .task .files {
        justify-content: flex-end;
      }
      .steps > summary {
        display: none;
      }
      .steps.finished > summary {
        display: inline-flex;
        align-items: center;
        gap: 6px;
        padding: 4px 10px 4px 6px;
        margin-left: -6px;
        border-radius: var(--pyagent-radius-small);
        font-size: 13.5px;
        color: var(--pyagent-muted);
        cursor: pointer;
        list-style: none;
      }
      .steps > summary::-webkit-details-marker {
        display: none;
      }
      .steps > summary:hover {
        background: var(--pyagent-hover);
        color: var(--pyagent-text);
      }
      .steps[open] > summary svg {
        rotate: 90deg;
      }
      pa-steps {
        padding-left: 16px;
        border-left: 2px solid var(--pyagent-border);
      }
      .finished pa-steps {
        margin-top: 12px;
      }
      .status {
        display: flex;
        align-items: center;
        gap: 10px;
        margin: 0;
        font-size: 14px;
        color: var(--pyagent-muted);
      }
      pa-elapsed {
        white-space: nowrap;
      }
      .dot {
        flex: none;
        width: 10px;
        height: 10px;
        margin: 0 3px;
        border-radius: 50%;
        background: var(--pyagent-accent);
        animation: pulse 1.4s ease-in-out infinite;
      }
      @keyframes pulse {
        50% {
          opacity: 0.25;
          scale: 0.75;
        }
      }
      .note {
        margin: 0;
        font-size: 14px;
        color: var(--pyagent-muted);
      }
      .answer {
        font-size: 16px;
      }
      .outcome > pa-image {
        content-visibility: auto;
        contain-intrinsic-height: auto 300px;
      }
      footer {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 28px;
        font-size: 12.5px;
        color: var(--pyagent-muted);
      }
      footer pa-copy {
        margin-left: -6px;
      }
    `,
  ];
}

/** Returns what the code showed and may be a picture, a table or a page. It stays in view when the
 *  steps fold. */
function shownIn({ steps }: TaskRun): Bundle[] {
  const bundles = steps.flatMap(({ items }) =>
    items.flatMap((item) => (item.kind === "display" ? [item.bundle] : [])),
  );
  return bundles.filter(mayBeRich);
}

/** Returns the answer to show; null for none, and for a drawing that is shown as a file anyway. */
function answerOf({ result, produced }: TaskRun): View | null {
  const answer = result ? viewOfAnswer(result.output, result.bundle) : null;
  if (answer?.kind !== "image" || typeof result?.output !== "string") return answer;
  const size = new Blob([result.output]).size;
  const isFile = ({ info }: ProducedFile) =>
    info.media_type === "image/svg+xml" && info.size_bytes === size;
  return produced.some(isFile) ? null : answer;
}

function problemIn(run: TaskRun): Problem | null {
  const { result } = run;
  if (!result || result.reason === "answered" || result.reason === "cancelled") return null;
  if (result.problem || result.reason === "error") return result.problem;
  return {
    kind: "max_steps",
    message: `No answer came within ${plural(stepCount(run), "step")}.`,
    advice: "Ask for less at once, or raise the step limit in the settings.",
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-run": PaRun;
  }
}
