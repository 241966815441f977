/** Shows a step of a run: what the model thinks, the code that it writes, what the code does. */
import { css, html } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { viewOf } from "../../render/bundle";
import type { View } from "../../render/bundle";
import { duration, plural } from "../../render/format";
import { splitReply } from "../../render/reply";
import { base } from "../look/theme";
import { InTurn } from "../look/turns";
import "../results/pa-bundle";
import "../results/pa-code";
import "../results/pa-markdown";
import "../results/pa-output";
import type { Step, StepItem, ToolItem } from "../state/run";
import "./pa-error";
import "./pa-more-calls";
import "./pa-notice";
import "./pa-plan";
import "./pa-tool-call";

/** The number of characters of the model's reasoning that are shown, and while it still grows. */
const REASONING_CHARS = 50_000;
const GROWING_REASONING_CHARS = 10_000;
/** The number of tool calls in a row that are shown; the others fold. */
const SHOWN_CALLS = 5;
/** Of more items, the browser lays out only those in view. */
const MANY_ITEMS = 20;

@customElement("pa-step")
export class PaStep extends InTurn {
  @property({ attribute: false }) step!: Step;
  /** The word in the heading, before the number; empty for no heading. */
  @property() name = "Step";

  protected override render() {
    const { step } = this;
    const plan = step.plan ? html`<pa-plan .plan=${step.plan}></pa-plan>` : "";
    if (step.phase === "planning") return plan;
    const { thought, code } = replyOf(step);
    return html`
      ${plan} ${this.name ? this.heading() : ""}
      ${
        step.reasoning
          ? html`<details ?open=${!thought && code === null}>
              <summary>Reasoning</summary>
              <div class="reasoning">${endOf(step.reasoning, step.phase === "asking")}</div>
            </details>`
          : ""
      }
      ${
        thought
          ? html`<pa-markdown
              class="thought"
              .text=${thought}
              ?streaming=${step.thought === null}
            ></pa-markdown>`
          : ""
      }
      ${code ? html`<pa-code .code=${code} ?streaming=${step.code === null}></pa-code>` : ""}
      ${repeat(
        grouped(step.items),
        ([, index]) => index, // a call must not get the component of one that has folded
        ([item, index, more]) => [
          this.item(item, index),
          more.length ? html`<pa-more-calls .calls=${more}></pa-more-calls>` : "",
        ],
      )}
      ${
        step.hiddenItems
          ? html`<p class="note">${plural(step.hiddenItems, "more result")} not shown.</p>`
          : ""
      }
      ${step.value && !step.error ? this.result(viewOf(step.value)) : ""} ${this.variables()}
      ${step.error ? html`<pa-error .error=${step.error}></pa-error>` : ""}
    `;
  }

  /** The variables that the code set, folded: most people look only at results. */
  private variables() {
    const set = Object.entries(this.step.variables);
    if (set.length === 0) return "";
    return html`<details class="variables">
      <summary>${plural(set.length, "variable")} set</summary>
      <dl>
        ${set.map(
          ([name, text]) =>
            html`<dt>${name}</dt>
              <dd>${text}</dd>`,
        )}
      </dl>
    </details>`;
  }

  private heading() {
    const { number, isLastAnswer, seconds, phase } = this.step;
    const mark = phase === "interrupted" ? html` <span>· interrupted</span>` : "";
    return html`<h3>
      ${isLastAnswer ? "Best answer" : `${this.name} ${number}`}${seconds === null ? "" : html` <span>· ${duration(seconds)}</span>`}${mark}
    </h3>`;
  }

  private result(view: View) {
    return view.kind === "text"
      ? html`<pa-output .text=${view.text} label="Result"></pa-output>`
      : html`<pa-bundle .view=${view} name="step-${this.step.number}"></pa-bundle>`;
  }

  private item(item: StepItem, index: number) {
    switch (item.kind) {
      case "output":
        return html`<pa-output
          .text=${item.text}
          stream=${item.stream}
          .dropped=${item.dropped}
        ></pa-output>`;
      case "tool":
        return html`<pa-tool-call .call=${item}></pa-tool-call>`;
      case "display":
        return html`<pa-bundle
          class=${this.step.items.length > MANY_ITEMS ? "many" : ""}
          .bundle=${item.bundle}
          name="step-${this.step.number}-${index + 1}"
        ></pa-bundle>`;
      case "notice":
        return html`<pa-notice .notice=${item}></pa-notice>`;
    }
  }

  static override styles = [
    base,
    css`
      /* The browser skips a step that is out of view. The space around it is for outlines. */
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 10px;
        margin: -6px;
        padding: 6px;
        content-visibility: auto;
        contain-intrinsic-height: auto 240px;
      }
      .many {
        content-visibility: auto;
        contain-intrinsic-height: auto 200px;
      }
      h3 {
        margin: 0;
        font-size: 12.5px;
        font-weight: 600;
        color: var(--pyagent-muted);
      }
      pa-plan + h3 {
        margin-top: 10px;
      }
      h3 span {
        font-weight: 400;
      }
      .thought {
        font-size: 15px;
      }
      summary {
        cursor: pointer;
        font-size: 13px;
        color: var(--pyagent-muted);
      }
      .reasoning {
        margin-top: 6px;
        padding-left: 12px;
        max-height: 200px;
        overflow: auto;
        border-left: 2px solid var(--pyagent-border);
        font-size: 13.5px;
        line-height: 1.5;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
        color: var(--pyagent-muted);
      }
      .variables dl {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: 2px 12px;
        margin: 6px 0 0 14px;
        font-family: var(--pyagent-mono);
        font-size: 12.5px;
      }
      .variables dt {
        color: var(--pyagent-muted);
      }
      .variables dd {
        margin: 0;
        overflow-wrap: anywhere;
      }
      .note {
        display: flex;
        gap: 8px;
        margin: 0;
        font-size: 13px;
        line-height: 1.4;
        color: var(--pyagent-muted);
      }
    `,
  ];
}

/** Returns the items with their index, each with the calls that fold after it. */
function grouped(items: StepItem[]): [item: StepItem, index: number, more: ToolItem[]][] {
  const shown: [StepItem, number, ToolItem[]][] = [];
  let inRow = 0;
  items.forEach((item, index) => {
    inRow = item.kind === "tool" ? inRow + 1 : 0;
    if (item.kind === "tool" && inRow > SHOWN_CALLS && folds(item)) shown.at(-1)![2].push(item);
    else shown.push([item, index, []]);
  });
  return shown;
}

/** Whether a call may fold. A question must be seen, and so must a managed agent's run. */
function folds({ run, approval }: ToolItem): boolean {
  return run === null && approval !== "asked";
}

function replyOf(step: Step): { thought: string; code: string | null } {
  if (step.thought === null) return splitReply(step.stream);
  return { thought: step.thought, code: step.code };
}

/** Returns the end of a long text, which may still grow. */
function endOf(text: string, grows: boolean): string {
  const most = grows ? GROWING_REASONING_CHARS : REASONING_CHARS;
  return text.length > most ? `… ${text.slice(-most)}` : text;
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-step": PaStep;
  }
}
