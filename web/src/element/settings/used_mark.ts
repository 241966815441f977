/** Marks the tab of a model in use; of one that is loading, shows how much of it is here. */
import { css, html } from "lit";
import type { Progress } from "../../api/session";
import type { SettingsPage } from "../../settings/settings";
import { modelLoading } from "../frame/pa-progress";

/** Returns the mark of a tab whose model is in use. Only a local model is loaded. */
export function usedMark(page: SettingsPage, progress: Progress | null) {
  const loading = page === "local" ? modelLoading(progress) : "";
  return loading
    ? html`<span class="loading" title="Loading">${loading}</span>`
    : html`<span class="used" aria-label="in use"></span>`;
}

export const usedMarkStyles = css`
  .used {
    width: 6px;
    height: 6px;
    border-radius: 50%;
    background: var(--pyagent-success);
  }
  .loading {
    font-size: 12px;
    font-variant-numeric: tabular-nums;
    color: var(--pyagent-warning);
  }
`;
