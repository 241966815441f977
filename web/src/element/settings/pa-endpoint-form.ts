/** The form for an endpoint: its address, its format, the key, the model. */
import { css, html, LitElement } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { SessionError } from "../../api/error";
import {
  formats,
  moreProviders,
  originOf,
  type Provider,
  providerById,
  providers,
  thinkingFormats,
  type WireFormat,
} from "../../providers";
import { plural } from "../../render/format";
import { lists, nearest } from "../../settings/near_names";
import { meantBy } from "../../settings/base_url";
import { checkEndpoint, type Answering, type Check } from "../../settings/endpoint_check";
import {
  endpointFault,
  endpointOf,
  type EndpointSettings,
  type Settings,
} from "../../settings/settings";
import type { Vault } from "../../settings/vault";
import { attend } from "../look/focus";
import { icon } from "../look/icons";
import { base, buttons, fields } from "../look/theme";
import "./pa-keys";
import type { PaKeys } from "./pa-keys";

const THINKING: [boolean | null, string][] = [
  [null, "as the model does by itself"],
  [true, "on"],
  [false, "off"],
];

/** The field in which a problem of each kind is mended. */
const FIELD_OF: Record<string, string> = {
  no_key: "#key",
  wrong_key: "#key",
  no_model: "#model",
};

/** @fires change - The changed settings, as `CustomEvent<Partial<Settings>>`. */
@customElement("pa-endpoint-form")
export class PaEndpointForm extends LitElement {
  @property({ attribute: false }) endpoint!: EndpointSettings;
  @property({ attribute: false }) vault!: Vault;
  /** The keys that were typed, by origin, so that a key is never shown for another origin. */
  @state() private typed = new Map<string, string>();
  @state() private visible = false;
  @state() private check: Check | "running" | null = null;
  @query("pa-keys") private keys!: PaKeys | null;

  /** Gives the typed key to the vault. Rejects with `SessionError` when something is missing. */
  async commit(): Promise<void> {
    const fault = endpointFault(this.endpoint);
    if (fault) throw new SessionError("incomplete", fault);
    for (const [origin, key] of this.typed) await this.vault.set(origin, key);
    // This is the key on screen, which the person or the page gave.
    if (this.keys?.remembers) await this.vault.set(this.origin, this.key);
    await this.keys?.commit();
  }

  /** Brings the field into view that a problem of this kind is about, and focuses it. */
  async attendTo(kind: string): Promise<void> {
    await this.updateComplete;
    if (kind === "no_key" && (await this.vault.lockedFor(this.origin))) return this.keys?.attend();
    const id = FIELD_OF[kind];
    if (id) attend(this.renderRoot.querySelector<HTMLElement>(id));
  }

  protected override render() {
    const { endpoint } = this;
    const provider = providerById(endpoint.provider);
    const known = this.check && this.check !== "running" && "models" in this.check;
    const suggestions = known ? (this.check as { models: string[] }).models : provider.models;
    return html`
      <div class="field">
        <label for="provider">Provider</label>
        <select id="provider" @change=${(event: Event) => this.change(endpointOf(valueOf(event)))}>
          ${providers.map((one) => this.choice(one))}
          <optgroup label="Others, some of which do not answer pages">
            ${moreProviders.map((one) => this.choice(one))}
          </optgroup>
        </select>
        ${provider.start ? html`<p class="hint">Start it with <code>${provider.start}</code></p>` : ""}
      </div>
      <div class="field">
        <label for="base-url">Base URL</label>
        <input
          id="base-url"
          type="url"
          spellcheck="false"
          autocomplete="off"
          placeholder=${endpoint.format === "gemini" ? "https://…/v1beta" : "https://…/v1"}
          .value=${endpoint.baseUrl}
          @input=${(event: Event) => this.change({ ...endpoint, baseUrl: valueOf(event).trim() })}
        />
        ${endpoint.baseUrl && !this.origin ? this.meant(meantBy(endpoint.baseUrl, endpoint.format)) : ""}
      </div>
      ${this.formatField()} ${this.keyField()}
      <div class="field">
        <label for="model">Model</label>
        <input
          id="model"
          list="models"
          spellcheck="false"
          autocomplete="off"
          .value=${endpoint.model}
          @input=${(event: Event) => this.change({ ...endpoint, model: valueOf(event).trim() })}
        />
        <datalist id="models">
          ${suggestions.map((name) => html`<option value=${name}></option>`)}
        </datalist>
      </div>
      ${this.thinkingField()} ${this.smallField()}
      <div class="check">
        <button
          type="button"
          class="button"
          ?disabled=${this.check === "running"}
          @click=${() => void this.runCheck()}
        >
          Check connection
        </button>
        ${this.checkOutcome()}
      </div>
      ${
        provider.local && !this.vault.locked && !this.vault.remembering
          ? ""
          : html`<pa-keys .vault=${this.vault} @change=${() => this.requestUpdate()}></pa-keys>`
      }
    `;
  }

  /** Proposes the address that the person may have meant. */
  private meant(address: string) {
    if (!address) return html`<p class="hint">A web address begins with https:// or http://.</p>`;
    return html`<p class="hint">
      Do you mean
      <button type="button" class="link" @click=${() => this.useAddress(address)}>${address}</button
      >?
    </p>`;
  }

  private useAddress(baseUrl: string, model = this.endpoint.model): void {
    const key = this.typed.get(this.origin);
    if (key) this.typed = new Map(this.typed).set(originOf(baseUrl), key);
    this.change({ ...this.endpoint, baseUrl, model });
  }

  private choice({ id, name }: Provider) {
    return html`<option value=${id} ?selected=${id === this.endpoint.provider}>${name}</option>`;
  }

  /** Shows the choice of a format, for a server that we do not know. */
  private formatField() {
    const { endpoint } = this;
    if (providerById(endpoint.provider).baseUrl) return "";
    const choose = (event: Event) =>
      this.change({ ...endpoint, format: valueOf(event) as WireFormat });
    return html`<div class="field">
      <label for="format">It speaks</label>
      <select id="format" @change=${choose}>
        ${Object.entries(formats).map(
          ([format, name]) =>
            html`<option value=${format} ?selected=${format === endpoint.format}>${name}</option>`,
        )}
      </select>
    </div>`;
  }

  private keyField() {
    const provider = providerById(this.endpoint.provider);
    if (provider.local) return "";
    return html`<div class="field">
      <label for="key">Key${provider.needsKey ? "" : " (if it needs one)"}</label>
      <div class="joined">
        <input
          id="key"
          type=${this.visible ? "text" : "password"}
          spellcheck="false"
          autocomplete="off"
          .value=${this.key}
          @input=${this.onKey}
        />
        <button type="button" class="button" aria-pressed=${this.visible} @click=${this.toggle}>
          ${this.visible ? "Hide" : "Show"}
        </button>
      </div>
      <p class="hint">
        Sent to ${this.origin || "this address"} only.
        ${
          provider.keyUrl
            ? html`<a href=${provider.keyUrl} target="_blank" rel="noopener noreferrer"
                >Get a key</a
              >`
            : ""
        }
      </p>
    </div>`;
  }

  private thinkingField() {
    const { endpoint } = this;
    if (!thinkingFormats.includes(endpoint.format)) return "";
    const choose = (event: Event) =>
      this.change({ ...endpoint, thinking: JSON.parse(valueOf(event)) as boolean | null });
    return html`<div class="field">
      <label for="thinking">Thinking</label>
      <select id="thinking" @change=${choose}>
        ${THINKING.map(
          ([value, name]) =>
            html`<option value=${String(value)} .selected=${value === endpoint.thinking}>
              ${name}
            </option>`,
        )}
      </select>
    </div>`;
  }

  private smallField() {
    const onChange = (event: Event) => {
      const { checked } = event.target as HTMLInputElement;
      this.change({ ...this.endpoint, promptStyle: checked ? "short" : "full" });
    };
    return html`<div class="field">
      <label class="choice">
        <input
          id="small"
          type="checkbox"
          .checked=${this.endpoint.promptStyle === "short"}
          @change=${onChange}
        />
        <span>
          Small model: short prompt
          <span class="hint">For models below some 8 billion parameters on your own machine.</span>
        </span>
      </label>
    </div>`;
  }

  private checkOutcome() {
    const { check } = this;
    if (check === null) return "";
    if (check === "running") return html`<span class="hint" role="status">Asking…</span>`;
    if ("problem" in check) {
      const { message, advice } = check.problem;
      return html`<span class="fault" role="status">${message} ${advice}</span>`;
    }
    return html`<span class="fine" role="status">
      ${icon("done", 16)} <span>${this.found(check)}</span>
    </span>`;
  }

  /** Says what answers, and which models there are if the chosen one is not in their list. */
  private found({ models, address, asked }: Answering): string {
    const { model } = this.endpoint;
    const corrected = address ? ` The base URL is now ${address}.` : "";
    if (!asked) {
      const untried = this.untried ? " The key is tried once a model is chosen." : "";
      const listed = models.length ? `, and offers ${plural(models.length, "model")}` : "";
      return `It answers${listed}.${untried}${corrected}`;
    }
    if (!models.length) return `The model answers.${corrected}`;
    return lists(models, model)
      ? `The model answers. The server offers ${plural(models.length, "model")}.${corrected}`
      : `${model} answers, but is not in the server's list: ${nearest(models, model)}.${corrected}`;
  }

  /** Whether the key is not known to be good, because no model was asked. */
  private get untried(): boolean {
    return !providerById(this.endpoint.provider).local && this.key !== "";
  }

  private get origin(): string {
    return originOf(this.endpoint.baseUrl);
  }

  private get key(): string {
    return this.typed.get(this.origin) ?? this.vault.get(this.origin);
  }

  private onKey(event: Event): void {
    this.typed = new Map(this.typed).set(this.origin, valueOf(event).trim());
    this.check = null;
  }

  private toggle(): void {
    this.visible = !this.visible;
  }

  private async runCheck(): Promise<void> {
    const { endpoint } = this;
    this.check = "running";
    const { baseUrl, format, model } = endpoint;
    const provider = providerById(endpoint.provider);
    const check = await checkEndpoint(baseUrl, this.key, provider, format, model);
    // Otherwise the answer is from another address, or of another model.
    if (baseUrl !== this.endpoint.baseUrl || model !== this.endpoint.model) return;
    if ("models" in check) this.useAddress(check.address ?? baseUrl, model || check.models[0]);
    this.check = check;
  }

  private change(endpoint: EndpointSettings): void {
    const { baseUrl, model } = this.endpoint;
    if (endpoint.baseUrl !== baseUrl || endpoint.model !== model) this.check = null;
    const detail: Partial<Settings> = { endpoint };
    this.dispatchEvent(new CustomEvent("change", { detail }));
  }

  static override styles = [
    base,
    buttons,
    fields,
    css`
      code {
        font-family: var(--pyagent-mono);
        font-size: 12.5px;
        overflow-wrap: anywhere;
      }
      .hint a {
        white-space: nowrap;
      }
      .link {
        color: var(--pyagent-accent);
        text-decoration: underline;
        text-underline-offset: 2px;
        overflow-wrap: anywhere;
      }
      .check {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 12px;
        margin-bottom: 20px;
        font-size: 13.5px;
        line-height: 1.4;
      }
      .fault {
        flex: 1 1 220px;
        overflow-wrap: anywhere;
        color: var(--pyagent-danger);
      }
      .fine {
        display: flex;
        align-items: center;
        gap: 6px;
        color: var(--pyagent-success);
      }
    `,
  ];
}

function valueOf(event: Event): string {
  return (event.target as HTMLInputElement | HTMLSelectElement).value;
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-endpoint-form": PaEndpointForm;
  }
}
