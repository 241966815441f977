/** The look of a banner: a symbol with a sentence, and what can be done about it, in one coloured
 *  line that wraps where there is no room. */
import { css } from "lit";

/** `.said` holds the symbol and the sentence; the buttons come after it. */
export const banner = css`
  :host {
    display: block;
  }
  .banner {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    padding: 10px 10px 10px 14px;
    border-radius: var(--pyagent-radius);
    background: var(--pyagent-accent-soft);
    font-size: 14px;
    line-height: 1.45;
  }
  .said {
    flex: 1 1 240px;
    display: flex;
    gap: 10px;
    padding-right: 4px;
    text-wrap: pretty;
    overflow-wrap: anywhere;
  }
  .said svg {
    margin-top: 2px;
    color: var(--pyagent-accent);
  }
`;

/** For a banner about something that is wrong. */
export const warning = css`
  .banner {
    background: var(--pyagent-warning-soft);
  }
  .said svg {
    color: var(--pyagent-warning);
  }
`;
