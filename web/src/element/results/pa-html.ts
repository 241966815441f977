/** Shows HTML from a result, in a frame without any rights: no scripts, no forms, no network, and
 *  no links that lead anywhere. */
import { css, html } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";
import { quiet } from "../../render/quiet";
import { fencedDocument } from "../../trusted";
import { base, buttons } from "../look/theme";
import { InTurn } from "../look/turns";

const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'";

/** The most pages that are shown unasked. Each is a document of its own, which takes time. */
const MOST_FRAMES = 20;
const shown = new Set<PaHtml>();

function documentOf(content: string): string {
  return fencedDocument(POLICY, `<meta name="color-scheme" content="light">${quiet(content)}`);
}

@customElement("pa-html")
export class PaHtml extends InTurn {
  @property() html = "";
  @state() private wanted = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.wanted = shown.size < MOST_FRAMES;
    if (this.wanted) shown.add(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    shown.delete(this);
  }

  protected override render() {
    if (!this.wanted) {
      return html`<button class="button" @click=${() => (this.wanted = true)}>
        Show this page
      </button>`;
    }
    // A marked document is a new object each time, for which Lit would load the frame again.
    return html`<iframe
      sandbox=""
      referrerpolicy="no-referrer"
      title="Result as a page"
      srcdoc=${guard([this.html], () => documentOf(this.html))}
    ></iframe>`;
  }

  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: block;
      }
      iframe {
        display: block;
        width: 100%;
        height: 320px;
        resize: vertical;
        border: 1px solid var(--pyagent-border);
        border-radius: var(--pyagent-radius-small);
        background: #fff;
        color-scheme: light;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-html": PaHtml;
  }
}
