/** Shows the files that a run produced, as a row of downloads. */
import { css, html } from "lit";
import "../results/pa-file";
import type { ProducedFile } from "../state/run";

/** Returns the row; nothing when there are no files. */
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
