/** The look of the settings panel, beside that of every dialog. */
import { css } from "lit";

export const panel = css`
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
    .page {
      padding-inline: 16px;
    }
  }
`;
