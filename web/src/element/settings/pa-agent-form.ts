/** The form for the agent, which holds for every model. */
import { css, html, LitElement } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { AgentSettings, Limits } from "../../protocol";
import { defaultAgent, limitRanges, ranges, type Range } from "../../settings/agent_options";
import type { Settings } from "../../settings/settings";
import { base, fields } from "../look/theme";

type Asking = "never" | "some" | "all";

interface NumberField {
  name: string;
  label: string;
  /** The meaning of an empty field, which the field shows. */
  none: string;
  range: Range;
  step: string;
  value: number | null;
  change: (value: number | null) => void;
}

const KIND_HINTS: Record<AgentSettings["kind"], string> = {
  code: "For sums, tables, files, and anything that needs loops and conditions.",
  tool_calling: "For models trained to call tools, and for tools that must run in a strict order.",
};

/** @fires change - The changed settings, as `CustomEvent<Partial<Settings>>`. */
@customElement("pa-agent-form")
export class PaAgentForm extends LitElement {
  @property({ attribute: false }) agent!: AgentSettings;
  /** Whether the person wants to name tools, but has named none yet. */
  @state() private naming = false;

  protected override render() {
    const { agent } = this;
    return html`
      <div class="field">
        <label for="kind">The agent</label>
        <select id="kind" @change=${this.onKind}>
          <option value="code" ?selected=${agent.kind === "code"}>writes Python</option>
          <option value="tool_calling" ?selected=${agent.kind === "tool_calling"}>
            calls tools, one step at a time
          </option>
        </select>
        <p class="hint">${KIND_HINTS[agent.kind]}</p>
      </div>
      <div class="field">
        <label for="instructions">Instructions</label>
        <textarea
          id="instructions"
          rows="4"
          placeholder="For instance: answer in German, use metric units."
          .value=${agent.instructions}
          @input=${(event: Event) => this.change({ instructions: valueOf(event) })}
        ></textarea>
        <p class="hint">Added to what the agent is told before every task.</p>
      </div>
      ${agent.kind === "code" ? this.structured() : ""} ${this.approvals()}
      <div class="row pairs">
        ${this.option("max_steps", "Step limit")}
        ${this.option("planning_interval", "A plan every … steps", "never")}
        ${this.option("memory_size", "Tasks remembered", "all")}
        ${agent.kind === "code" ? this.option("deadline_s", "Seconds for each step") : ""}
      </div>
      <fieldset>
        <legend>Limits for one task</legend>
        <div class="row">
          ${this.limit("tokens", "Tokens")} ${this.limit("cost_usd", "US dollars", "any")}
          ${this.limit("seconds", "Seconds")}
        </div>
      </fieldset>
    `;
  }

  private structured() {
    const onChange = (event: Event) =>
      this.change({ structured_output: (event.target as HTMLInputElement).checked });
    return html`<div class="field">
      <label class="choice">
        <input type="checkbox" .checked=${this.agent.structured_output} @change=${onChange} />
        <span>
          Reply as JSON
          <span class="hint">
            If the model can: some models follow JSON better than blocks of code.
          </span>
        </span>
      </label>
    </div>`;
  }

  private approvals() {
    const { approve } = this.agent;
    const asking = this.asking;
    return html`<div class="field">
      <label for="asking">Ask me before a tool runs</label>
      <select id="asking" @change=${this.onAsking}>
        <option value="never" ?selected=${asking === "never"}>never</option>
        <option value="all" ?selected=${asking === "all"}>always</option>
        <option value="some" ?selected=${asking === "some"}>only these tools</option>
      </select>
      ${
        asking === "some"
          ? html`<input
              aria-label="Tools to ask about"
              placeholder="Their names: visit_webpage, send_mail"
              spellcheck="false"
              autocomplete="off"
              .value=${approve.join(", ")}
              @change=${(event: Event) => this.change({ approve: namesIn(valueOf(event)) })}
            />`
          : ""
      }
      <p class="hint">
        Code in the sandbox needs no permission: it can reach nothing but its tools.
      </p>
    </div>`;
  }

  private get asking(): Asking {
    const { approve } = this.agent;
    if (approve.includes("*")) return "all";
    return approve.length || this.naming ? "some" : "never";
  }

  private readonly onKind = (event: Event): void => {
    this.change({ kind: valueOf(event) as AgentSettings["kind"] });
  };

  private readonly onAsking = (event: Event): void => {
    const asking = valueOf(event) as Asking;
    this.naming = asking === "some";
    this.change({ approve: asking === "all" ? ["*"] : [] });
  };

  /** A field for an option that is a number. If it may be empty, `none` says what that means. */
  private option(name: keyof typeof ranges, label: string, none = "") {
    const change = (value: number | null) => this.change({ [name]: value ?? defaultAgent[name] });
    const number = { name, label, none, range: ranges[name], step: "1" };
    return this.number({ ...number, value: this.agent[name], change });
  }

  private limit(name: keyof Limits, label: string, step = "1") {
    const change = (value: number | null) =>
      this.change({ limits: { ...this.agent.limits, [name]: value } });
    const number = { name, label, none: "none", range: limitRanges[name], step };
    return this.number({ ...number, value: this.agent.limits[name], change });
  }

  private number({ name, label, none, range, step, value, change }: NumberField) {
    const { least, most } = range;
    const onChange = (event: Event) => {
      const text = valueOf(event);
      const number = Math.min(Math.max(Number(text), least), most);
      change(text === "" ? null : step === "1" ? Math.round(number) : number);
    };
    return html`<div class="field">
      <label for=${name}>${label}</label>
      <input
        id=${name}
        type="number"
        inputmode=${step === "1" ? "numeric" : "decimal"}
        min=${least}
        max=${most}
        step=${step}
        placeholder=${none}
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
      .pairs {
        grid-template-columns: repeat(auto-fit, minmax(200px, 1fr));
      }
      fieldset {
        margin: 0;
        padding: 0;
        border: 0;
      }
      legend {
        margin-bottom: 10px;
        padding: 0;
        font-size: 14px;
        font-weight: 600;
      }
    `,
  ];
}

function valueOf(event: Event): string {
  return (event.target as HTMLInputElement | HTMLTextAreaElement).value;
}

function namesIn(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-agent-form": PaAgentForm;
  }
}
