/** The site's packages: which ones this browser keeps, and which ones it shall keep or remove. */
import { css, html, LitElement } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { KeptPackages, OfferedGroup, OfferedPackage } from "../../offline/packages";
import { bytes } from "../../render/format";
import "../frame/pa-progress";
import { base, buttons, fields } from "../look/theme";
import "../run/pa-problem";

/** The number of needed packages that are named. */
const NAMED = 3;

@customElement("pa-packages")
export class PaPackages extends LitElement {
  @property({ attribute: false }) packages!: KeptPackages;
  /** Whether nobody has looked yet. */
  @state() private looking = true;

  private readonly onChange = (): void => this.requestUpdate();

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.follow();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.packages.removeEventListener("change", this.onChange);
  }

  protected override firstUpdated(): void {
    this.follow();
  }

  private follow(): void {
    this.packages.addEventListener("change", this.onChange);
    void this.packages.look().finally(() => (this.looking = false));
  }

  protected override render() {
    const { there, groups, progress, problem } = this.packages.state;
    return html`<section aria-labelledby="packages">
      <h3 id="packages">Python packages</h3>
      ${groups.length ? this.offer() : html`<p class="hint">${this.none(there)}</p>`}
      ${groups.map((group, index) => this.group(group, index))} ${this.rest()}
      ${progress || problem ? html`<div class="now">${this.now()}</div>` : ""}
    </section>`;
  }

  /** What happens, at the end of what is in view, so that nothing moves under the pointer. */
  private now() {
    const { progress, problem } = this.packages.state;
    return html`${
      progress
        ? html`<pa-progress
            .progress=${progress}
            stoppable
            @stop=${() => this.packages.stop()}
          ></pa-progress>`
        : ""
    }${problem ? html`<pa-problem .problem=${problem} plain></pa-problem>` : ""}`;
  }

  /** Why there is nothing to keep. */
  private none(there: boolean | null): string {
    if (this.looking) return "Looking for packages…";
    if (there === null) return "The list of packages could not be read. Check the connection.";
    return (
      "This site has no packages of its own. Code that imports pandas or others gets them from the " +
      "package index, which needs the network."
    );
  }

  private offer() {
    const { bytes: left } = this.packages.state;
    const all = this.packages.offered;
    const kept = all.filter((one) => one.kept);
    return html`<p class="hint">
        What code has imported is kept by itself. Keep others before you go without a network.
      </p>
      <div class="all">
        <span class="count" role="status">${kept.length} of ${all.length} kept</span>
        ${left ? this.keepButton(all, "Keep all", "all packages", left) : ""}
        ${
          kept.length
            ? html`<button
                type="button"
                class="button quiet"
                aria-label="Remove all packages from this device"
                @click=${() => void this.packages.remove(kept.map(({ name }) => name))}
              >
                Remove all
              </button>`
            : ""
        }
      </div>`;
  }

  private group({ title, packages, bytes: size }: OfferedGroup, index: number) {
    const left = packages.filter(({ kept }) => !kept);
    return html`<section aria-labelledby="group-${index}">
      <header>
        <h4 id="group-${index}">${title}</h4>
        ${left.length > 1 ? this.keepButton(left, "Keep these", `all of ${title}`, size) : ""}
      </header>
      <ul>
        ${packages.map((one) => this.row(one))}
      </ul>
    </section>`;
  }

  private row(one: OfferedPackage) {
    const { name, kept, needs } = one;
    const size = kept ? [] : [bytes(one.bytes)];
    const facts = [...size, ...(needs.length ? [`needs ${listed(needs)}`] : [])].join(" · ");
    return html`<li>
      <span class="what">
        <b>${name}</b>
        ${kept ? html`<span class="here">kept</span>` : ""}
        ${facts ? html`<span class="facts">${facts}</span>` : ""}
      </span>
      ${
        one.neededBy.length
          ? html`<span class="facts">for ${listed(one.neededBy, 1)}</span>`
          : this.button(one)
      }
    </li>`;
  }

  /** One button for a package, whatever it does, so that the focus stays on it. */
  private button({ name, kept, coming, bytes: size }: OfferedPackage) {
    const label = kept
      ? `Remove ${name} from this device`
      : `Keep ${name} for offline use, ${bytes(size)}`;
    const act = (): void => {
      if (kept) void this.packages.remove([name]);
      else if (!coming) void this.packages.keep([name]);
    };
    return html`<button
      type="button"
      class=${kept ? "button quiet" : "button"}
      aria-label=${coming ? `${name} is coming` : label}
      aria-disabled=${coming && !kept}
      @click=${act}
    >
      ${kept ? "Remove" : coming ? "Coming…" : "Keep"}
    </button>`;
  }

  private keepButton(
    packages: readonly OfferedPackage[],
    text: string,
    what: string,
    size: number,
  ) {
    const left = packages.filter(({ kept }) => !kept);
    return html`<button
      type="button"
      class="button"
      aria-label="Keep ${what} for offline use, ${bytes(size)}"
      aria-disabled=${left.every((one) => one.coming)}
      @click=${() => void this.packages.keep(left.map(({ name }) => name))}
    >
      ${text} · ${bytes(size)}
    </button>`;
  }

  /** What the site does not have, or not yet. */
  private rest() {
    const { coming, missing } = this.packages.state;
    return html`${
      coming.length
        ? html`<p class="hint">
            This site is still fetching ${listed(coming)}. Look again in a minute.
          </p>`
        : ""
    }
    ${missing.length ? html`<p class="hint">This site was built without ${listed(missing)}.</p>` : ""}`;
  }

  static override styles = [
    base,
    buttons,
    fields,
    css`
      section {
        display: grid;
        gap: 10px;
      }
      section section {
        gap: 6px;
      }
      h3 {
        margin: 0;
        font-size: 15px;
        font-weight: 600;
      }
      h4 {
        margin: 0;
        font-size: 13px;
        font-weight: 500;
        color: var(--pyagent-muted);
      }
      .all,
      header,
      li {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      .now {
        position: sticky;
        bottom: -4px;
        display: grid;
        gap: 10px;
        padding: 10px 0;
        background: var(--pyagent-background);
      }
      header {
        min-height: 32px;
        margin-top: 4px;
      }
      h4,
      .what {
        flex: 1;
        min-width: 0;
      }
      .all {
        flex-wrap: wrap;
      }
      .count {
        flex: 1 0 auto;
        font-size: 14px;
        font-variant-numeric: tabular-nums;
      }
      ul {
        margin: 0;
        padding: 0 4px 0 14px;
        list-style: none;
        border: 1px solid var(--pyagent-border);
        border-radius: var(--pyagent-radius);
      }
      li {
        min-height: 48px;
        padding: 5px 6px 5px 0;
      }
      li + li {
        border-top: 1px solid var(--pyagent-border);
      }
      .button {
        min-height: 32px;
        padding: 0 11px;
        font-size: 13px;
      }
      [aria-disabled="true"] {
        cursor: default;
        opacity: 0.5;
      }
      b {
        font-size: 14.5px;
        font-weight: 600;
      }
      .here {
        margin-left: 6px;
        padding: 1px 7px;
        border-radius: 8px;
        background: var(--pyagent-surface);
        color: var(--pyagent-success);
        font-size: 12px;
      }
      .facts {
        font-size: 12.5px;
        color: var(--pyagent-muted);
        font-variant-numeric: tabular-nums;
      }
      .what .facts {
        display: block;
        margin-top: 1px;
        overflow-wrap: anywhere;
      }
      li > .facts {
        padding-right: 8px;
        white-space: nowrap;
      }
      @media (width < 520px) {
        .count {
          flex-basis: 100%;
        }
      }
    `,
  ];
}

/** `numpy, pytz and six`; of many, the first ones and how many more. */
function listed(names: readonly string[], named = NAMED): string {
  const some = names.length > named + 1 ? names.slice(0, named) : names;
  const more = names.length - some.length;
  return new Intl.ListFormat("en-GB").format(more ? [...some, `${more} more`] : some);
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-packages": PaPackages;
  }
}
