/** The first screen: what this is, three ways to get a model, and example tasks. */
import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { ListedConversation } from "../../journal/library";
import { ago } from "../../render/format";
import type { ModelKind } from "../../settings/settings";
import { icon, logo, type IconName } from "../look/icons";
import { base, buttons } from "../look/theme";
import { examplesFor, type Example } from "./examples";

interface Way {
  kind: ModelKind;
  icon: IconName;
  title: string;
  text: string;
}

const WAYS: Way[] = [
  {
    kind: "demo",
    icon: "play",
    title: "Try the demonstration",
    text: "No key, no download. A fixed script plays the model; everything else is real.",
  },
  {
    kind: "local",
    icon: "chip",
    title: "Run a model in this tab",
    text: "Private and free. A small model is downloaded once, then works offline.",
  },
  {
    kind: "endpoint",
    icon: "key",
    title: "Use your own endpoint",
    text: "OpenAI, OpenRouter, Groq, Ollama and others, called straight from this page.",
  },
];

/**
 * @fires way - The kind of model that the person chose, as `CustomEvent<ModelKind>`.
 * @fires open - The id of the kept conversation that the person wants, as `CustomEvent<string>`.
 * @fires example - The example that the person chose, as `CustomEvent<Example>`.
 */
@customElement("pa-welcome")
export class PaWelcome extends LitElement {
  /** The kind of model in use; null when none was chosen. */
  @property() kind: ModelKind | null = null;

  /** Kept conversations, the last changed first. */
  @property({ attribute: false }) recent: readonly ListedConversation[] = [];

  protected override render() {
    return html`
      <header>
        ${logo(40)}
        <h1>What should Python do for you?</h1>
        <p>
          Give a task and files. A language model writes Python, a sandbox in this tab runs it, and
          you get an answer, a table, a plot or a file.
        </p>
      </header>
      ${
        this.kind === null || this.kind === "demo"
          ? html`<div class="ways">${WAYS.map((way) => this.way(way))}</div>`
          : this.examples(this.kind)
      }
      ${this.recent.length ? this.kept() : ""}
    `;
  }

  private way(way: Way) {
    return html`<button class=${way.kind} @click=${() => this.send("way", way.kind)}>
      <span class="badge">${icon(way.icon, 20)}</span>
      <b>${way.title}</b>
      <span class="text">${way.text}</span>
    </button>`;
  }

  private examples(kind: ModelKind) {
    return html`<div class="examples">
      <h2>Start with one of these, or write your own</h2>
      ${examplesFor(kind).map(
        (example) =>
          html`<button @click=${() => this.send("example", example)}>
            <b>${example.title}</b>
            <span class="text">${example.task}</span>
          </button>`,
      )}
    </div>`;
  }

  private kept() {
    const now = Date.now();
    return html`<nav aria-label="Recent conversations">
      <h2>Or go on where you were</h2>
      ${this.recent.map(
        ({ id, title, changed, run, isOpen }) =>
          html`<button @click=${() => this.send("open", id)}>
            <b>${title}</b>
            <span class="text">
              ${ago(changed, now)}${run ? (isOpen ? " · running in another tab" : " · interrupted") : ""}
            </span>
          </button>`,
      )}
    </nav>`;
  }

  private send(name: string, detail: ModelKind | Example | string): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: clamp(20px, 4dvh, 32px);
        margin: auto 0;
      }
      header {
        display: grid;
        justify-items: center;
        gap: 14px;
        text-align: center;
      }
      h1 {
        margin: 0;
        font-size: clamp(23px, 5vw, 32px);
        font-weight: 600;
        letter-spacing: -0.02em;
        text-wrap: balance;
      }
      header p {
        margin: 0;
        max-width: 52ch;
        line-height: 1.55;
        color: var(--pyagent-muted);
        text-wrap: pretty;
      }
      .ways {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(210px, 1fr));
        gap: 12px;
      }
      button {
        display: grid;
        align-content: start;
        gap: 6px;
        padding: 16px;
        border: 1px solid var(--pyagent-border);
        border-radius: var(--pyagent-radius);
        background: var(--pyagent-raised);
        text-align: left;
        transition:
          border-color 0.12s,
          background-color 0.12s;
      }
      button:hover {
        border-color: var(--pyagent-border-strong);
        background: var(--pyagent-surface);
      }
      button.demo {
        border-color: var(--pyagent-accent);
      }
      @container (width < 520px) {
        .ways button {
          grid-template-columns: auto 1fr;
          column-gap: 14px;
          padding: 12px 14px;
        }
        .badge {
          grid-row: span 2;
        }
      }
      .badge {
        display: grid;
        place-items: center;
        width: 36px;
        height: 36px;
        margin-bottom: 4px;
        border-radius: 10px;
        background: var(--pyagent-surface);
      }
      .demo .badge {
        background: var(--pyagent-accent);
        color: var(--pyagent-on-accent);
      }
      b {
        font-size: 15px;
        font-weight: 600;
      }
      .text {
        font-size: 13.5px;
        line-height: 1.45;
        color: var(--pyagent-muted);
      }
      .examples .text {
        display: -webkit-box;
        overflow: hidden;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
      }
      .examples,
      nav {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 8px;
      }
      nav button {
        display: flex;
        justify-content: space-between;
        align-items: baseline;
        gap: 12px;
        padding: 10px 16px;
      }
      nav b {
        overflow: hidden;
        font-weight: 500;
        white-space: nowrap;
        text-overflow: ellipsis;
      }
      nav .text {
        flex: none;
        font-size: 12.5px;
      }
      .examples button {
        gap: 3px;
        padding: 12px 16px;
      }
      h2 {
        margin: 0 0 4px;
        font-size: 13.5px;
        font-weight: 500;
        color: var(--pyagent-muted);
        text-align: center;
      }
    `,
  ];
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-welcome": PaWelcome;
  }
}
