/** The layout of the element, and the frame that several kinds of content share. */
import { css } from "lit";

/** A framed block; `.bar` is the line at the top with its name. */
export const card = css`
  :host {
    display: block;
    border: 1px solid var(--pyagent-border);
    border-radius: var(--pyagent-radius-small);
    background: var(--pyagent-background);
    overflow: hidden;
  }
  .bar {
    display: flex;
    justify-content: space-between;
    align-items: center;
    height: 34px;
    padding: 0 6px 0 12px;
    font-size: 12px;
    color: var(--pyagent-muted);
  }
`;

export const layout = css`
  :host {
    position: relative;
    display: flex;
    flex-direction: column;
    height: 100%;
    min-height: 420px;
    overflow: hidden;
    container-type: inline-size;
    background: var(--pyagent-background);
    color: var(--pyagent-text);
    font: 16px / 1.5 var(--pyagent-font);
    -webkit-text-size-adjust: 100%;
  }
  .middle {
    position: relative;
    flex: 1;
    min-height: 0;
    display: flex;
    flex-direction: column;
  }
  .scroll {
    flex: 1;
    min-height: 0;
    overflow-y: auto;
    overscroll-behavior: contain;
    scrollbar-gutter: stable both-edges;
    scrollbar-width: thin;
  }
  .column,
  .bottom {
    width: 100%;
    max-width: calc(var(--pyagent-column) + 32px);
    margin: 0 auto;
    padding: 0 16px;
  }
  .column {
    display: flex;
    flex-direction: column;
    gap: 40px;
    min-height: 100%;
    padding-block: 28px 24px;
  }
  .bottom {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 8px;
    padding-bottom: 10px;
  }
  .totals {
    margin: -20px 0 0;
    font-size: 12.5px;
    color: var(--pyagent-muted);
  }
  .fine {
    margin: 0;
    font-size: 12px;
    line-height: 1.4;
    text-align: center;
    text-wrap: balance;
    color: var(--pyagent-muted);
  }
  /* It has a strip of its own, so that it covers nothing. */
  .latest {
    flex: none;
    align-self: center;
    margin: 6px 0 10px;
    border-radius: 18px;
    border-color: var(--pyagent-border);
    background: var(--pyagent-raised);
    box-shadow: 0 4px 16px var(--pyagent-shadow);
  }
  .drop {
    position: absolute;
    inset: 0;
    z-index: 1;
    display: grid;
    place-items: center;
    outline: 2px dashed var(--pyagent-accent);
    outline-offset: -10px;
    /* Opaque, so that no text shines through the one that says what to do. */
    background: var(--pyagent-background);
    font-weight: 600;
    color: var(--pyagent-accent);
    pointer-events: none;
  }
`;
