/** The form for a model in this tab: one of the site's list, the browser's, or the person's own. */
import { css, html, LitElement } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { problemOf } from "../../api/error";
import type { LocalModelSource } from "../../api/session";
import {
  keptWeights,
  removeWeights,
  sourceFromFile,
  sourceFromText,
  type KeptWeights,
} from "../../models/local";
import type { Problem } from "../../protocol";
import { bytes, count } from "../../render/format";
import type { Settings } from "../../settings/settings";
import type { Controller } from "../controller";
import { base, buttons, fields } from "../look/theme";
import "../run/pa-problem";

/** @fires change - The changed settings, as `CustomEvent<Partial<Settings>>`. */
@customElement("pa-local-form")
export class PaLocalForm extends LitElement {
  /** The id of the chosen model; empty for the site's default. */
  @property() selected = "";
  @property({ attribute: false }) controller!: Controller;
  @state() private models: LocalModelSource[] | null = null;
  /** What this browser has of the models, by their ids. */
  @state() private kept = new Map<string, KeptWeights>();
  /** Weights of models that are not in the list, such as those of an address. */
  @state() private others: KeptWeights[] = [];
  @state() private problem: Problem | null = null;
  @query("#address") private address!: HTMLInputElement;
  @query("input[type=file]") private picker!: HTMLInputElement;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.load();
  }

  /** Looks again at what is here. */
  async load(): Promise<void> {
    this.problem = null;
    try {
      this.models = await this.controller.localModels();
      const { own, others } = await keptWeights(this.models);
      Object.assign(this, { kept: own, others });
    } catch (error) {
      this.models ??= [];
      this.problem = problemOf(error);
    }
  }

  protected override render() {
    return html`
      <p class="hint">
        The model works in this tab, on your processor. Tasks and files stay on this device.
      </p>
      ${this.problem ? html`<pa-problem .problem=${this.problem} plain></pa-problem>` : ""}
      ${this.models === null ? html`<p class="hint">Looking for models…</p>` : this.list(this.models)}
      ${this.others.length ? this.rest() : ""}
      <details>
        <summary>Use another model</summary>
        <div class="field">
          <label for="address">Address of a GGUF file, or name of an ONNX model on the Hub</label>
          <div class="joined">
            <input
              id="address"
              placeholder="https://…/model.gguf or onnx-community/…"
              spellcheck="false"
              autocomplete="off"
              @keydown=${this.onAddressKey}
            />
            <button type="button" class="button" @click=${this.addAddress}>Add</button>
          </div>
        </div>
        <div class="field">
          <span class="label">Or a GGUF file on this device</span>
          <input type="file" accept=".gguf" hidden @change=${this.addFile} />
          <button type="button" class="button" @click=${() => this.picker.click()}>
            Choose a file
          </button>
        </div>
        <p class="hint">A model that is not in the list above cannot be verified.</p>
      </details>
    `;
  }

  private list(models: LocalModelSource[]) {
    const chosen = models.find(({ id }) => id === this.selected) ?? models.find((m) => m.default);
    return html`<div role="radiogroup" aria-label="Models">
      ${models.map((model) => this.row(model, model === chosen))}
    </div>`;
  }

  private row(model: LocalModelSource, chosen: boolean) {
    const here = this.kept.get(model.id);
    const facts = factsOf(model);
    return html`<div class=${chosen ? "row chosen" : "row"}>
      <label>
        <input type="radio" name="local" .checked=${chosen} @change=${() => this.choose(model)} />
        <span>
          <b>${model.name}</b>
          ${here ? html`<span class=${here.complete ? "here" : "here part"}>${amountOf(here)}</span>` : ""}
          ${facts.length ? html`<span class="facts">${facts.join(" · ")}</span>` : ""}
          <span class="hint">${model.notes}</span>
          ${
            model.engine === "builtin"
              ? ""
              : html`<span class="hash" title=${model.sha256 ?? ""}>
                  ${model.sha256 ? `SHA-256 ${model.sha256.slice(0, 16)}…` : "not verified"}
                </span>`
          }
        </span>
      </label>
      ${here ? this.remover(here, model.name) : ""}
    </div>`;
  }

  /** Models that were downloaded from an address in an earlier visit. */
  private rest() {
    return html`<section aria-labelledby="rest">
      <h3 id="rest">Also on this device</h3>
      ${this.others.map(
        (kept) =>
          html`<div class="row">
            <span class="other">
              <b>${kept.name || "A model without a name"}</b>
              <span class="facts">${amountOf(kept, true)}</span>
            </span>
            ${this.remover(kept, kept.name || "this model")}
          </div>`,
      )}
    </section>`;
  }

  private remover(kept: KeptWeights, name: string) {
    const what = kept.complete ? name : `the part of ${name}`;
    return html`<button
      type="button"
      class="button quiet"
      aria-label="Remove ${what} from this device"
      @click=${() => void this.discard(kept)}
    >
      Remove
    </button>`;
  }

  private choose(model: LocalModelSource): void {
    const detail: Partial<Settings> = { local: model.id };
    this.dispatchEvent(new CustomEvent("change", { detail }));
  }

  private async discard(kept: KeptWeights): Promise<void> {
    try {
      await removeWeights(kept);
      await this.load();
    } catch (error) {
      this.problem = problemOf(error);
    }
  }

  private onAddressKey(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    this.addAddress();
  }

  private addAddress(): void {
    try {
      this.add(sourceFromText(this.address.value));
    } catch (error) {
      this.problem = problemOf(error);
    }
  }

  private addFile(): void {
    const [file] = this.picker.files ?? [];
    if (file) this.add(sourceFromFile(file));
  }

  private add(model: LocalModelSource): void {
    this.controller.preferences.models.own = model;
    this.choose(model);
    void this.load();
  }

  static override styles = [
    base,
    buttons,
    fields,
    css`
      :host {
        display: grid;
        gap: 14px;
        margin-bottom: 16px;
      }
      [role="radiogroup"] {
        display: grid;
        gap: 8px;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: end;
        gap: 4px 8px;
        padding: 12px 14px;
        border: 1px solid var(--pyagent-border);
        border-radius: var(--pyagent-radius);
      }
      .row.chosen {
        border-color: var(--pyagent-accent);
        background: var(--pyagent-accent-soft);
      }
      label {
        flex: 1 1 240px;
        display: flex;
        align-items: start;
        gap: 12px;
        cursor: pointer;
      }
      .row input {
        margin-top: 3px;
      }
      b {
        font-size: 15px;
        font-weight: 600;
      }
      .here {
        display: inline-block;
        margin-left: 6px;
        padding: 1px 7px;
        border-radius: 8px;
        background: var(--pyagent-surface);
        color: var(--pyagent-success);
        font-size: 12px;
      }
      .here.part {
        color: var(--pyagent-warning);
      }
      section {
        display: grid;
        gap: 8px;
      }
      h3 {
        margin: 0;
        font-size: 14px;
        font-weight: 500;
      }
      .other {
        flex: 1;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .facts,
      .row .hint,
      .hash {
        display: block;
        margin-top: 2px;
      }
      .facts {
        font-size: 13.5px;
      }
      .hash {
        font-family: var(--pyagent-mono);
        font-size: 11.5px;
        color: var(--pyagent-muted);
      }
      summary {
        cursor: pointer;
        font-size: 14px;
        font-weight: 500;
      }
      details[open] summary {
        margin-bottom: 12px;
      }
      .field .button {
        justify-self: start;
      }
    `,
  ];
}

/** `on this device`, `120 MB of 491 MB here`. A model outside the list has its size nowhere else. */
function amountOf({ complete, bytes: here, total }: KeptWeights, withSize = false): string {
  if (complete) return withSize ? bytes(here) : "on this device";
  return `${bytes(here)}${total ? ` of ${bytes(total)}` : ""} here`;
}

/** Returns what is known about a model; nothing for the browser's own, about which it tells
 *  nothing. */
function factsOf(model: LocalModelSource): string[] {
  if (model.engine === "builtin") return [];
  return [
    model.bytes === null ? "size unknown" : bytes(model.bytes),
    model.licence ?? "licence unknown",
    `reads ${count(model.contextTokens)} tokens`,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-local-form": PaLocalForm;
  }
}
