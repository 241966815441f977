/** Says whether the page opens without a network, and how much the browser keeps for it. */
import { css, html, LitElement } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { OfflineState } from "../../offline/offline";
import type { KeptPackages } from "../../offline/packages";
import { bytes } from "../../render/format";
import { icon } from "../look/icons";
import { base } from "../look/theme";

@customElement("pa-offline")
export class PaOffline extends LitElement {
  @property({ attribute: false }) offline!: OfflineState;
  /** What else is kept, whose changes change the sum. */
  @property({ attribute: false }) packages: KeptPackages | null = null;
  /** The bytes that the browser keeps for this site; 0 when it does not say. */
  @state() private used = 0;
  /** The bytes that it allows; 0 when it does not say. */
  @state() private allowed = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.measure();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.packages?.removeEventListener("change", this.measure);
  }

  protected override firstUpdated(): void {
    this.packages?.addEventListener("change", this.measure);
  }

  private readonly measure = async (): Promise<void> => {
    if (this.packages?.state.progress) return; // the end of a download changes it once more
    const { storage } = navigator as { storage?: StorageManager };
    const { usage = 0, quota = 0 } = (await storage?.estimate?.().catch(() => null)) ?? {};
    Object.assign(this, { used: usage, allowed: quota });
  };

  protected override render() {
    const { phase, problem } = this.offline;
    if (phase === "off") return "";
    return html`<p class=${phase}>
      ${icon(phase === "failed" ? "alert" : phase === "ready" ? "done" : "download", 15)}
      <span>${this.text} ${phase === "failed" ? "" : problem}</span>
    </p>`;
  }

  private get text(): string {
    const { phase, kept, total, problem } = this.offline;
    if (phase === "failed") return problem ?? "";
    if (phase === "keeping") {
      return `Getting ready for offline use: ${bytes(kept)} of ${bytes(total)} kept.`;
    }
    const allowed = this.allowed ? ` and allows ${bytes(this.allowed)}` : "";
    const used = this.used ? ` This browser keeps ${bytes(this.used)} for it${allowed}.` : "";
    return `Ready offline: the page opens without a network.${used}`;
  }

  static override styles = [
    base,
    css`
      :host {
        display: block;
      }
      p {
        display: flex;
        gap: 7px;
        margin: 0;
        font-size: 13px;
        line-height: 1.45;
        overflow-wrap: anywhere;
        color: var(--pyagent-muted);
        font-variant-numeric: tabular-nums;
      }
      svg {
        margin-top: 2px;
      }
      .ready svg {
        color: var(--pyagent-success);
      }
      .failed {
        color: var(--pyagent-warning);
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-offline": PaOffline;
  }
}
