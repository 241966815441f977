/** Shows what the model plans to do, while the model writes it and afterwards. */
import { css, html } from "lit";
import { customElement, property } from "lit/decorators.js";
import { duration } from "../../render/format";
import { icon } from "../look/icons";
import { card } from "../look/layout";
import { base } from "../look/theme";
import { InTurn } from "../look/turns";
import "../results/pa-markdown";
import type { Plan } from "../state/run";

@customElement("pa-plan")
export class PaPlan extends InTurn {
  @property({ attribute: false }) plan!: Plan;

  protected override render() {
    const { text, seconds } = this.plan;
    return html`
      <div class="bar" role="heading" aria-level="3">
        <span>${icon("list", 15)} Plan</span>
        <span>${seconds === null ? "" : duration(seconds)}</span>
      </div>
      <pa-markdown .text=${text} ?streaming=${seconds === null}></pa-markdown>
    `;
  }

  static override styles = [
    base,
    card,
    css`
      .bar {
        padding-right: 12px;
      }
      .bar span {
        display: inline-flex;
        align-items: center;
        gap: 7px;
      }
      pa-markdown {
        padding: 0 14px 12px;
        font-size: 14.5px;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-plan": PaPlan;
  }
}
