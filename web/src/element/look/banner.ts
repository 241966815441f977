/** The look of a banner: a symbol, a sentence and what can be done about it, in one coloured line
 *  that wraps where there is no room. */
import { css } from "lit";

export const banner = css`
  :host {
    display: block;
  }
  p {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px 10px;
    margin: 0;
    padding: 10px 10px 10px 14px;
    border-radius: var(--pyagent-radius);
    background: var(--pyagent-accent-soft);
    font-size: 14px;
    line-height: 1.45;
  }
  p > svg {
    align-self: flex-start;
    margin-top: 2px;
    color: var(--pyagent-accent);
  }
  span {
    flex: 1 1 220px;
    text-wrap: pretty;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    margin-left: auto;
  }
`;
