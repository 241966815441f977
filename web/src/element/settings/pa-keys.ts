/** Lets the person choose where keys are kept, in memory or encrypted on this device, and delete
 *  them. */
import { css, html, LitElement } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { SessionError } from "../../api/error";
import type { Vault } from "../../settings/vault";
import { attend } from "../look/focus";
import { base, buttons, fields } from "../look/theme";

const LEAST_CHARS = 8;

/** @fires change - Keys were unlocked or forgotten. */
@customElement("pa-keys")
export class PaKeys extends LitElement {
  @property({ attribute: false }) vault!: Vault;
  @state() private wanted = false;
  @state() private fault = "";
  @query("#passphrase") private passphrase!: HTMLInputElement | null;

  /** Encrypts the keys, if the person asked for it. Rejects with `SessionError`. */
  async commit(): Promise<void> {
    if (!this.remembers) return;
    const passphrase = this.passphrase?.value ?? "";
    if (passphrase.length < LEAST_CHARS) {
      attend(this.passphrase);
      throw new SessionError(
        "incomplete",
        `Choose a passphrase of at least ${LEAST_CHARS} characters to keep the key.`,
      );
    }
    await this.vault.remember(passphrase);
    this.wanted = false;
  }

  /** Brings the field for the passphrase into view, and focuses it. */
  async attend(): Promise<void> {
    await this.updateComplete;
    attend(this.passphrase);
  }

  /** Whether `commit` will start to keep keys. */
  get remembers(): boolean {
    return this.wanted && !this.vault.remembering && !this.vault.locked;
  }

  protected override render() {
    if (this.vault.locked) return this.locked();
    if (this.vault.remembering) return this.kept();
    return html`
      <label class="choice">
        <input
          type="checkbox"
          .checked=${this.wanted}
          ?disabled=${!canEncrypt}
          @change=${this.onWanted}
        />
        <span>
          Remember the key on this device
          <span class="hint">
            ${
              canEncrypt
                ? "Otherwise it is gone when this page closes."
                : "Only pages on https or localhost can encrypt it."
            }
          </span>
        </span>
      </label>
      ${
        this.wanted
          ? html`<div class="field">
              <label for="passphrase">Passphrase to encrypt it with</label>
              <input id="passphrase" type="password" autocomplete="new-password" />
              <p class="hint">
                The passphrase is not kept. Without it you must enter the key again.
              </p>
            </div>`
          : ""
      }
    `;
  }

  private onWanted(event: Event): void {
    this.wanted = (event.target as HTMLInputElement).checked;
    if (this.wanted) void this.attend(); // the field may be below the fold
  }

  private locked() {
    return html`<div class="field">
        <label for="passphrase"
          >Keys are kept on this device. Unlock them with your passphrase</label
        >
        <div class="joined">
          <input
            id="passphrase"
            type="password"
            autocomplete="current-password"
            @keydown=${this.onKeyDown}
          />
          <button type="button" class="button" @click=${() => void this.unlock()}>Unlock</button>
        </div>
        ${this.fault ? html`<p class="fault" role="alert">${this.fault}</p>` : ""}
      </div>
      ${this.forget()}`;
  }

  private kept() {
    return html`<p class="hint">Keys are kept on this device, encrypted.</p>
      ${this.forget()}`;
  }

  private forget() {
    return html`<button type="button" class="button danger" @click=${() => void this.forgetAll()}>
      Forget all keys
    </button>`;
  }

  private onKeyDown(event: KeyboardEvent): void {
    if (event.key !== "Enter") return;
    event.preventDefault();
    void this.unlock();
  }

  private async unlock(): Promise<void> {
    const opened = await this.vault.unlock(this.passphrase?.value ?? "");
    this.fault = opened ? "" : "This passphrase is wrong.";
    if (!opened) void this.attend();
    this.changed();
  }

  private async forgetAll(): Promise<void> {
    await this.vault.forgetAll();
    this.fault = "";
    this.changed();
  }

  private changed(): void {
    this.requestUpdate();
    this.dispatchEvent(new Event("change"));
  }

  static override styles = [
    base,
    buttons,
    fields,
    css`
      :host {
        display: block;
        margin-bottom: 16px;
      }
      .choice {
        margin-bottom: 12px;
      }
      .button {
        margin-top: 4px;
      }
      .joined .button {
        margin-top: 0;
        min-height: 40px;
      }
      .fault {
        margin: 0;
        font-size: 13.5px;
        color: var(--pyagent-danger);
      }
    `,
  ];
}

/** WebCrypto exists only in secure contexts. */
const canEncrypt = "subtle" in crypto;

declare global {
  interface HTMLElementTagNameMap {
    "pa-keys": PaKeys;
  }
}
