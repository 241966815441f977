/** The theme: design tokens as custom properties, and the few controls that all components share.
 *
 *  Components import these sheets; Lit adopts them as constructed style sheets, so that the page
 *  needs no inline styles in its Content-Security-Policy. A site that embeds the element
 *  overrides any `--pyagent-*` property on `py-agent`. */
import { css } from "lit";

/** Custom properties, set once on `py-agent` and inherited through every shadow root. */
export const tokens = css`
  :host {
    color-scheme: light dark;
    --pyagent-background: light-dark(#ffffff, #1a1a19);
    --pyagent-surface: light-dark(#f6f5f2, #242422);
    --pyagent-raised: light-dark(#ffffff, #2a2a28);
    --pyagent-hover: light-dark(#edebe6, #343431);
    --pyagent-border: light-dark(#e3e0d9, #3b3a37);
    --pyagent-border-strong: light-dark(#8d8a82, #7d7a72);
    --pyagent-text: light-dark(#1e1d1b, #eceae5);
    --pyagent-muted: light-dark(#66635c, #a8a59c);
    --pyagent-accent: light-dark(#2a5bc4, #93b4ff);
    --pyagent-accent-soft: light-dark(#eaf0fc, #25304a);
    --pyagent-on-accent: light-dark(#ffffff, #10182b);
    --pyagent-danger: light-dark(#b3261e, #ff9f95);
    --pyagent-danger-soft: light-dark(#fcefed, #3a2422);
    --pyagent-warning: light-dark(#8a5a00, #f0c36a);
    --pyagent-warning-soft: light-dark(#fdf5e2, #352c18);
    --pyagent-success: light-dark(#1c7a46, #7fd3a0);
    --pyagent-code: light-dark(#f8f7f4, #131312);
    --pyagent-shadow: light-dark(rgb(30 25 10 / 8%), rgb(0 0 0 / 40%));
    --pyagent-font:
      system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
    --pyagent-mono:
      ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace;
    --pyagent-radius: 12px;
    --pyagent-radius-small: 8px;
    --pyagent-column: 760px;
  }
  :host([theme="light"]) {
    color-scheme: light;
  }
  :host([theme="dark"]) {
    color-scheme: dark;
  }
`;

/** The base styles of every shadow root. */
export const base = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  [hidden] {
    display: none !important;
  }
  :focus-visible {
    outline: 2px solid var(--pyagent-accent);
    outline-offset: 2px;
  }
  a {
    color: var(--pyagent-accent);
    text-underline-offset: 2px;
  }
  svg {
    flex: none;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation-duration: 0.01ms !important;
      animation-iteration-count: 1 !important;
      transition-duration: 0.01ms !important;
      scroll-behavior: auto !important;
    }
  }
`;

/** Buttons: `.primary`, `.quiet` (no frame until hovered), `.icon` (square, no text). */
export const buttons = css`
  button {
    font: inherit;
    color: inherit;
    cursor: pointer;
    border: 0;
    background: none;
    padding: 0;
  }
  button:disabled {
    cursor: default;
    opacity: 0.5;
  }
  .button,
  .icon {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    min-height: 36px;
    padding: 0 14px;
    border: 1px solid var(--pyagent-border);
    border-radius: var(--pyagent-radius-small);
    background: var(--pyagent-raised);
    font-size: 14px;
    font-weight: 500;
    white-space: nowrap;
    transition: background-color 0.12s;
  }
  .button:hover:not(:disabled),
  .icon:hover:not(:disabled) {
    background: var(--pyagent-hover);
  }
  .button.primary {
    border-color: var(--pyagent-accent);
    background: var(--pyagent-accent);
    color: var(--pyagent-on-accent);
  }
  .button.primary:hover:not(:disabled) {
    background: color-mix(in srgb, var(--pyagent-accent) 88%, var(--pyagent-text));
  }
  .button.quiet,
  .icon {
    border-color: transparent;
    background: none;
  }
  .button.danger {
    color: var(--pyagent-danger);
  }
  .icon {
    width: 36px;
    padding: 0;
    color: var(--pyagent-muted);
  }
  .icon:hover:not(:disabled) {
    color: var(--pyagent-text);
  }
  .icon.small {
    width: 28px;
    min-height: 28px;
  }
`;

/** The labelled fields of the settings. */
export const fields = css`
  .field {
    display: grid;
    gap: 6px;
    margin: 0 0 16px;
  }
  .field > label,
  .field > .label {
    font-size: 14px;
    font-weight: 500;
  }
  .hint {
    margin: 0;
    font-size: 13px;
    line-height: 1.45;
    color: var(--pyagent-muted);
  }
  input:not([type="checkbox"], [type="radio"], [type="file"]),
  select,
  textarea {
    width: 100%;
    min-height: 40px;
    padding: 8px 12px;
    border: 1px solid var(--pyagent-border-strong);
    border-radius: var(--pyagent-radius-small);
    background: var(--pyagent-background);
    color: var(--pyagent-text);
    font: inherit;
    font-size: 15px;
  }
  select {
    /* The browser draws its own arrow at the very edge, and indents the text too far. */
    appearance: none;
    padding-right: 34px;
    background:
      linear-gradient(45deg, transparent 50%, var(--pyagent-muted) 50%) right 18px center / 5px 5px,
      linear-gradient(-45deg, transparent 50%, var(--pyagent-muted) 50%) right 13px center / 5px 5px,
      var(--pyagent-background);
    background-repeat: no-repeat;
    text-overflow: ellipsis;
  }
  textarea {
    resize: vertical;
    line-height: 1.45;
  }
  input[type="checkbox"],
  input[type="radio"] {
    accent-color: var(--pyagent-accent);
    width: 16px;
    height: 16px;
    margin: 0;
    flex: none;
  }
  .choice {
    display: flex;
    gap: 10px;
    align-items: start;
    font-size: 14px;
    line-height: 1.45;
  }
  .choice input {
    margin-top: 2px;
  }
  .choice .hint {
    display: block;
    font-weight: 400;
  }
  .joined {
    display: flex;
    gap: 8px;
  }
  .joined > input {
    min-width: 0;
  }
`;
