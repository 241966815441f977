/** A button that copies text. */
import { html, LitElement } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { icon } from "../look/icons";
import { base, buttons } from "../look/theme";

const SHOWN_MS = 1500;

@customElement("pa-copy")
export class PaCopy extends LitElement {
  @property() text = "";
  /** The name of what is copied, for the button's label, such as "code". */
  @property() what = "";
  @state() private outcome: "" | "Copied" | "Could not copy" = "";

  protected override render() {
    const label = this.outcome || `Copy ${this.what}`;
    return html`<button
      class="icon small"
      aria-label=${label}
      title=${label}
      @click=${() => void this.copy()}
    >
      ${icon(this.outcome === "Copied" ? "done" : "copy", 16)}
    </button>`;
  }

  private async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.text);
      this.outcome = "Copied";
    } catch {
      this.outcome = "Could not copy"; // the page may not use the clipboard
    }
    setTimeout(() => (this.outcome = ""), SHOWN_MS);
  }

  static override styles = [base, buttons];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-copy": PaCopy;
  }
}
