/** The look of the settings panel. */
import { css } from "lit";

export const dialog = css`
  dialog {
    width: min(620px, 100vw - 24px);
    max-height: min(760px, 100dvh - 24px);
    padding: 0;
    border: 1px solid var(--pyagent-border);
    border-radius: 18px;
    background: var(--pyagent-background);
    color: var(--pyagent-text);
    box-shadow: 0 16px 48px var(--pyagent-shadow);
    overflow: hidden;
  }
  dialog[open] {
    display: flex;
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 40%);
  }
  form {
    flex: 1;
    display: flex;
    flex-direction: column;
    min-width: 0;
  }
  header {
    display: flex;
    justify-content: space-between;
    align-items: center;
    padding: 14px 12px 6px 22px;
  }
  h2 {
    margin: 0;
    font-size: 18px;
    font-weight: 600;
  }
  .tabs {
    display: flex;
    gap: 2px;
    flex: none;
    padding: 0 14px;
    overflow-x: auto;
    scrollbar-width: none;
    border-bottom: 1px solid var(--pyagent-border);
  }
  [role="tab"] {
    display: flex;
    align-items: center;
    gap: 7px;
    padding: 10px 9px 11px;
    border-bottom: 2px solid transparent;
    font-size: 14px;
    font-weight: 500;
    white-space: nowrap;
    color: var(--pyagent-muted);
  }
  [role="tab"]:focus-visible {
    outline-offset: -3px;
    border-radius: 8px 8px 0 0;
  }
  [role="tab"]:hover,
  [aria-selected="true"] {
    color: var(--pyagent-text);
  }
  [aria-selected="true"] {
    border-bottom-color: var(--pyagent-accent);
  }
  .page {
    flex: 1;
    min-height: 260px;
    padding: 20px 22px 4px;
    overflow-y: auto;
  }
  .why {
    flex: none;
    margin: 14px 22px 6px;
  }
  .several {
    margin: 0 0 16px;
    padding: 10px 14px;
    border-radius: var(--pyagent-radius);
    background: var(--pyagent-surface);
    font-size: 14px;
    line-height: 1.45;
    overflow-wrap: anywhere;
  }
  .about {
    margin: 0;
    line-height: 1.55;
  }
  pa-offline {
    margin: 16px 0 12px;
  }
  pa-offline:first-child {
    margin-top: 0;
  }
  pa-packages {
    display: block;
    margin-bottom: 16px;
  }
  footer {
    display: grid;
    gap: 12px;
    padding: 14px 22px;
    border-top: 1px solid var(--pyagent-border);
  }
  .actions {
    display: flex;
    justify-content: flex-end;
    gap: 8px;
  }
  @media (width < 520px) {
    .tabs {
      padding: 0 4px;
    }
    [role="tab"] {
      flex: 1 0 auto;
      justify-content: center;
      gap: 4px;
      padding-inline: 5px;
      font-size: 13.5px;
    }
    [role="tab"] svg {
      display: none;
    }
    .why {
      margin-inline: 16px;
    }
    header,
    .page,
    footer {
      padding-inline: 16px;
    }
  }
`;
