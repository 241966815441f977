/** Shows a managed agent's run in place of its tool call: a row that opens to the steps. */
import { css, html } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { RunFinished } from "../../protocol";
import { viewOfAnswer } from "../../render/bundle";
import { icon, type IconName } from "../look/icons";
import { card } from "../look/layout";
import { base } from "../look/theme";
import { InTurn } from "../look/turns";
import "../results/pa-bundle";
import { factsOf } from "../state/facts";
import type { ManagedRun } from "../state/run";
import { noticesOf, stepCount, stepsOf } from "../state/shown_steps";
import { questionsIn, statusOf } from "../state/status";
import { isOver } from "../state/run_reducer";
import "./pa-notice";
import { filesRow, producedRow } from "./produced";

/** The number of characters of the task that a screen reader reads out. */
const LABEL_CHARS = 80;

const OUTCOMES: Record<RunFinished["reason"], string> = {
  answered: "answered",
  max_steps: "out of steps",
  limit: "at its limit",
  error: "failed",
  cancelled: "stopped",
};

@customElement("pa-managed-run")
export class PaManagedRun extends InTurn {
  @property({ attribute: false }) run!: ManagedRun;
  /** Whether the person opened or closed the row; null if neither. */
  @state() private wanted: boolean | null = null;

  protected override render() {
    const { run } = this;
    const running = !isOver(run);
    const open = questionsIn(run).length > 0 || (this.wanted ?? running);
    // A person who reaches a question inside by the keyboard should hear whose question it is.
    const label = `${run.agent}: ${run.task.slice(0, LABEL_CHARS)}`;
    return html`<details aria-label=${label} .open=${open} @toggle=${this.onToggle}>
      <summary class="bar">
        <span class="chevron">${icon("chevron", 14)}</span>
        <span class=${`mark ${outcomeOf(run)}`}>${icon(MARKS[outcomeOf(run)], 15)}</span>
        <b>${run.agent}</b>
        <span class="task">${run.task}</span>
        <span class="state">${running ? statusOf(run) : endOf(run)}</span>
      </summary>
      ${open ? this.body() : ""}
    </details>`;
  }

  /** This file does not import `pa-step`, because `pa-step` imports this file, through its tool
   *  calls. `pa-step` is always defined already: a managed run is drawn only inside a step. */
  private body() {
    const { run } = this;
    const { result } = run;
    const answer = result && viewOfAnswer(result.output, result.bundle);
    return html`<div class="body">
      <p class="asked">${run.task}</p>
      ${noticesOf(run).map((notice) => html`<pa-notice .notice=${notice}></pa-notice>`)}
      ${stepsOf(run).map((step) => html`<pa-step .step=${step}></pa-step>`)}
      ${answer ? html`<pa-bundle .view=${answer} name=${run.agent}></pa-bundle>` : ""}
      ${result?.problem ? html`<p class="note">${result.problem.message}</p>` : ""}
      ${producedRow(run.produced)}
      ${result ? html`<p class="facts">${factsOf({ ...result, steps: stepCount(run) }).join(" · ")}</p>` : ""}
    </div>`;
  }

  private onToggle(event: Event): void {
    const { open } = event.currentTarget as HTMLDetailsElement;
    const running = !isOver(this.run);
    if (open !== (this.wanted ?? running)) this.wanted = open;
  }

  static override styles = [
    base,
    card,
    filesRow,
    css`
      summary.bar {
        justify-content: flex-start;
        gap: 8px;
        height: auto;
        min-height: 38px;
        padding: 6px 12px 6px 8px;
        font-size: 13px;
        cursor: pointer;
        list-style: none;
      }
      summary::-webkit-details-marker {
        display: none;
      }
      summary:hover {
        color: var(--pyagent-text);
      }
      summary:focus-visible {
        outline-offset: -2px;
      }
      .chevron,
      .mark {
        display: inline-flex;
      }
      details[open] .chevron svg {
        rotate: 90deg;
      }
      .mark.good {
        color: var(--pyagent-success);
      }
      .mark.bad {
        color: var(--pyagent-danger);
      }
      b {
        font-weight: 600;
        color: var(--pyagent-text);
      }
      .task {
        flex: 1;
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      /* The full task is shown below then. */
      details[open] .task {
        visibility: hidden;
      }
      .state {
        flex: none;
        max-width: 60%;
        text-align: right;
        font-variant-numeric: tabular-nums;
      }
      .body {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 18px;
        padding: 4px 16px 16px;
        color: var(--pyagent-text);
      }
      .asked {
        font-size: 14.5px;
        line-height: 1.5;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .body p {
        margin: 0;
      }
      .note,
      .facts {
        font-size: 13px;
        color: var(--pyagent-muted);
      }
      .facts {
        font-size: 12.5px;
      }
      @container (width < 520px) {
        summary.bar {
          flex-wrap: wrap;
        }
        .task {
          flex-basis: 100%;
          order: 1;
          padding-left: 22px;
        }
        details[open] .task {
          display: none;
        }
        .state {
          margin-left: auto;
        }
      }
    `,
  ];
}

type Outcome = "running" | "good" | "bad" | "stopped";

const MARKS: Record<Outcome, IconName> = {
  running: "agent",
  good: "done",
  bad: "alert",
  stopped: "stop",
};

function outcomeOf({ phase, result }: ManagedRun): Outcome {
  if (phase !== "finished" && phase !== "interrupted") return "running";
  if (result === null || result.reason === "cancelled") return "stopped";
  return result.success ? "good" : "bad";
}

/** Says how the run ended and what it took. */
function endOf(run: ManagedRun): string {
  const { result } = run;
  if (result === null) return OUTCOMES.cancelled;
  const [steps, ...rest] = factsOf({ ...result, steps: stepCount(run) });
  const outcome = result.success ? steps! : OUTCOMES[result.reason];
  return [outcome, rest.at(-1)!].join(" · ");
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-managed-run": PaManagedRun;
  }
}
