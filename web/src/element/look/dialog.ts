/** The look of a dialog: a frame with a header, what scrolls between, and a footer. */
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
  .inside {
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
  footer {
    display: grid;
    gap: 12px;
    padding: 14px 22px;
    border-top: 1px solid var(--pyagent-border);
  }
  @media (width < 520px) {
    header,
    footer {
      padding-inline: 16px;
    }
  }
`;
