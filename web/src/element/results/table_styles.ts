/** The look of a table from a result. */
import { css } from "lit";

export const tableStyles = css`
  .scroll {
    max-height: 500px;
    overflow: auto;
  }
  .scroll:focus-visible {
    outline-offset: -2px;
  }
  table {
    min-width: 100%;
    border-collapse: separate;
    border-spacing: 0;
    font-size: 14px;
    font-variant-numeric: tabular-nums;
  }
  th {
    position: sticky;
    top: 0;
    background: var(--pyagent-surface);
    font-weight: 600;
    text-align: left;
  }
  th,
  td {
    padding: 7px 14px;
    border-bottom: 1px solid var(--pyagent-border);
    white-space: nowrap;
    vertical-align: top;
  }
  th,
  .clipped {
    max-width: 44ch;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  th {
    max-width: 28ch;
  }
  .long {
    display: flex;
    align-items: start;
    gap: 4px;
    width: 32ch;
  }
  .long span {
    flex: 1;
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .long.open span {
    max-height: 400px;
    overflow-y: auto;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  .long button {
    display: grid;
    place-items: center;
    flex: none;
    width: 22px;
    height: 22px;
    margin: -1px -6px -1px 0;
    border-radius: 5px;
    color: var(--pyagent-muted);
  }
  .long svg {
    rotate: 90deg;
  }
  .open svg {
    rotate: -90deg;
  }
  i {
    color: var(--pyagent-muted);
  }
  tbody tr:last-child td {
    border-bottom: 0;
  }
  .number {
    text-align: right;
  }
  .foot {
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    gap: 0 16px;
    min-height: 36px;
    padding: 0 8px 0 14px;
    border-top: 1px solid var(--pyagent-border);
    font-size: 12.5px;
    color: var(--pyagent-muted);
  }
  .foot > :last-child {
    margin-left: auto;
  }
  .pager {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .turn {
    display: grid;
    place-items: center;
    width: 26px;
    height: 26px;
    border-radius: 6px;
  }
  .turn[aria-disabled="true"] {
    cursor: default;
    opacity: 0.5;
  }
  .back svg {
    rotate: 180deg;
  }
  .action {
    display: inline-flex;
    align-items: center;
    gap: 5px;
    padding: 5px 8px;
    border-radius: 6px;
    font-weight: 500;
  }
  .action:hover,
  .long button:hover,
  .turn[aria-disabled="false"]:hover {
    background: var(--pyagent-hover);
    color: var(--pyagent-text);
  }
`;
