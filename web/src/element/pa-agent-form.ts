/** How the agent works, whatever the model. */
import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { AgentSettings } from "../protocol";
import type { Settings } from "../settings";
import { base, fields } from "./theme";

/** @fires change - The changed settings, as `CustomEvent<Partial<Settings>>`. */
@customElement("pa-agent-form")
export class PaAgentForm extends LitElement {
  @property({ attribute: false }) agent!: AgentSettings;

  protected override render() {
    const { instructions, max_steps, memory_size, deadline_s } = this.agent;
    return html`
      <div class="field">
        <label for="instructions">Instructions</label>
        <textarea
          id="instructions"
          rows="4"
          placeholder="For instance: answer in German, use metric units."
          .value=${instructions}
          @input=${(event: Event) => this.change({ instructions: valueOf(event) })}
        ></textarea>
        <p class="hint">Added to what the agent is told before every task.</p>
      </div>
      <div class="row">
        ${this.number("steps", "Step limit", max_steps, 1, 100, (value) => ({
          max_steps: value ?? 20,
        }))}
        ${this.number("deadline", "Seconds for each step", deadline_s, 1, 3600, (value) => ({
          deadline_s: value ?? 60,
        }))}
        ${this.number("memory", "Tasks remembered", memory_size, 0, 1000, (value) => ({
          memory_size: value,
        }))}
      </div>
    `;
  }

  private number(
    id: string,
    label: string,
    value: number | null,
    least: number,
    most: number,
    changed: (value: number | null) => Partial<AgentSettings>,
  ) {
    const onChange = (event: Event) => {
      const text = valueOf(event);
      const number = text === "" ? null : Math.min(Math.max(Math.round(Number(text)), least), most);
      this.change(changed(number));
    };
    return html`<div class="field">
      <label for=${id}>${label}</label>
      <input
        id=${id}
        type="number"
        inputmode="numeric"
        min=${least}
        max=${most}
        placeholder="all"
        .value=${value === null ? "" : String(value)}
        @change=${onChange}
      />
    </div>`;
  }

  private change(changes: Partial<AgentSettings>): void {
    const detail: Partial<Settings> = { agent: { ...this.agent, ...changes } };
    this.dispatchEvent(new CustomEvent("change", { detail }));
  }

  static override styles = [
    base,
    fields,
    css`
      .row {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(150px, 1fr));
        gap: 0 16px;
        align-items: end;
      }
    `,
  ];
}

function valueOf(event: Event): string {
  return (event.target as HTMLInputElement | HTMLTextAreaElement).value;
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-agent-form": PaAgentForm;
  }
}
