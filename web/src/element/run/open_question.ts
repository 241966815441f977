/** What every question to the person shares: how it takes the focus and gives it back, and its look. */
import { css, LitElement } from "lit";
import { query } from "lit/decorators.js";
import { agentOf, focused, hostOf, isFocusNear, isWritten } from "../look/focus";

/** The open questions, oldest first. */
const open = new Set<OpenQuestion>();

/** Returns the question that has the focus; null when none has. */
export function focusedQuestion(): OpenQuestion | null {
  const host = hostOf(focused());
  return host instanceof OpenQuestion ? host : null;
}

/**
 * The question takes the focus, so that a screen reader reads it out and the Tab key leads to its
 * buttons. A person who is writing the next task keeps the focus; the status line names the question
 * too. When a question with the focus is settled, the focus goes to the next question of the same
 * element, and after the last one back to where it was.
 *
 * A subclass draws an element with the role `alertdialog` that calls `onFocus`.
 */
export abstract class OpenQuestion extends LitElement {
  @query("[role=alertdialog]") private dialog!: HTMLElement;
  /** The element that had the focus before the questions. */
  private previous: HTMLElement | null = null;
  private hadFocus = false;
  private element: Element | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.element = agentOf(this);
    open.add(this);
  }

  protected override firstUpdated(): void {
    if (!isFocusNear(this)) return;
    const other = focusedQuestion();
    this.previous = other ? other.previous : focused();
    if (!other && !isWritten(this.previous)) this.target.focus();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    open.delete(this);
    if (!this.hadFocus || focused() !== null) return; // it left no focus behind
    const next = [...open].find(({ element }) => element === this.element);
    if (next) next.previous ??= this.previous;
    (next?.target ?? this.previous)?.focus();
  }

  /** What takes the focus. */
  protected get target(): HTMLElement {
    return this.dialog;
  }

  protected readonly onFocus = (): void => {
    this.hadFocus = true;
  };
}

export const questionStyles = css`
  :host {
    display: block;
    margin: 4px 0 8px;
    color: var(--pyagent-text);
  }
  [role="alertdialog"] {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 12px;
    padding: 14px 16px;
    border: 1px solid color-mix(in srgb, var(--pyagent-accent) 45%, transparent);
    border-radius: var(--pyagent-radius);
    background: var(--pyagent-accent-soft);
  }
  p {
    margin: 0;
  }
  #question {
    display: flex;
    align-items: center;
    gap: 10px;
    font-size: 15px;
  }
  #question span {
    overflow-wrap: anywhere;
  }
  b {
    font-family: var(--pyagent-mono);
    font-size: 14px;
  }
  #question svg {
    color: var(--pyagent-accent);
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }
  .actions input {
    flex: 1 1 160px;
    width: auto;
    min-height: 36px;
    padding-block: 6px;
    font-size: 14px;
  }
`;
