/** The files that a run produced, as a row to take them from. For a task's run and a managed one. */
import { css, html } from "lit";
import "../results/pa-file";
import type { ProducedFile } from "../state/run";

/** Nothing when there are none. */
export function producedRow(files: readonly ProducedFile[]) {
  if (!files.length) return "";
  return html`<div class="files" aria-label="Files">
    ${files.map(
      ({ info, blob }) =>
        html`<pa-file .name=${info.path} .size=${info.size_bytes} .blob=${blob}></pa-file>`,
    )}
  </div>`;
}

export const filesRow = css`
  .files {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    min-width: 0;
  }
`;
