/** Shows the steps of a run. Many steps come and go in turns, because a thousand at once would hold the
 *  page up. All steps of an open run stay in the document, so that the browser finds text in them; it
 *  lays out only those in view. */
import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";
import { styleMap } from "lit/directives/style-map.js";
import { base } from "../look/theme";
import { inTurns } from "../look/turns";
import type { Step } from "../state/run";
import "./pa-step";

/** The number of steps of a group. */
const GROUP_STEPS = 20;
/** The number of steps that are added together. They are empty: each draws itself in its turn. A step
 *  that goes takes all that it has drawn with it, so they go one by one. */
const AT_ONCE = 5;

@customElement("pa-steps")
export class PaSteps extends LitElement {
  @property({ attribute: false }) steps: readonly Step[] = [];
  /** The word in the headings; empty for no headings. */
  @property() name = "Step";
  /** Whether the steps are shown. Without it they go. */
  @property({ type: Boolean }) open = false;
  /** The number of steps that are drawn. */
  private drawn = 0;
  private turning = false;

  /** The number of steps that are to be there. */
  private get wanted(): number {
    return this.open ? this.steps.length : 0;
  }

  protected override willUpdate(): void {
    const more = this.wanted - this.drawn;
    if (!this.turning && more > 0 && more <= AT_ONCE) this.drawn = this.wanted;
  }

  protected override updated(): void {
    if (this.turning || this.drawn === this.wanted) return;
    this.turning = true; // before the first turn, which comes here again
    void inTurns(() => this.drawNext());
  }

  private drawNext(): boolean {
    const more = this.wanted - this.drawn;
    this.drawn += Math.max(-1, Math.min(AT_ONCE, more));
    this.turning = this.drawn !== this.wanted;
    this.requestUpdate();
    this.performUpdate(); // this is the turn
    return this.turning;
  }

  protected override render() {
    const groups = Math.ceil(this.drawn / GROUP_STEPS);
    return Array.from({ length: groups }, (_, index) => {
      const end = Math.min(this.drawn, (index + 1) * GROUP_STEPS);
      const steps = this.steps.slice(index * GROUP_STEPS, end);
      return guard([this.name, ...steps], () => this.group(steps));
    });
  }

  private group(steps: readonly Step[]) {
    return html`<div class="group" style=${styleMap({ "--steps": String(steps.length) })}>
      ${steps.map((step) => html`<pa-step .step=${step} .name=${this.name}></pa-step>`)}
    </div>`;
  }

  static override styles = [
    base,
    css`
      :host {
        display: flow-root;
      }
      /* The browser skips a group that is out of view, and in the others each step that is. A group
         has 6 pixels of space around it for outlines, as a step has. */
      .group {
        display: flow-root;
        margin: -6px;
        padding: 6px;
        content-visibility: auto;
        contain-intrinsic-height: auto calc(var(--steps) * 256px);
      }
      .group + .group,
      pa-step + pa-step {
        margin-top: 16px;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-steps": PaSteps;
  }
}
