/** Says that a text is longer than what is drawn, and saves the whole. */
import { css, html } from "lit";
import { count } from "../../render/format";
import { icon } from "../look/icons";
import { download } from "./download";

/** The most characters of one text in the DOM; more would make the page slow. */
export const DRAWN_CHARS = 100_000;

/** Returns the line below a text of which only `DRAWN_CHARS` are drawn; nothing for a shorter one. */
export function restOf(text: string, name: string) {
  if (text.length <= DRAWN_CHARS) return "";
  const more = `${count(text.length - DRAWN_CHARS)} more characters are not shown.`;
  return restLine(more, () => text, `${name}.txt`);
}

/** Returns the line below a part of something: `more` says what is left out, `whole` makes a text of
 *  all of it. */
export function restLine(more: string, whole: () => string, name: string) {
  const save = () => download(new Blob([whole()], { type: "text/plain" }), name);
  return html`<p class="rest">
    ${more}
    <button @click=${save}>${icon("download", 15)} Download the whole text</button>
  </p>`;
}

export const restStyles = css`
  .rest {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 12px;
    margin: 0;
    padding: 8px 12px;
    font-size: 13px;
    color: var(--pyagent-muted);
  }
  .rest button {
    display: inline-flex;
    align-items: center;
    gap: 5px;
    font: inherit;
    font-weight: 500;
    color: var(--pyagent-accent);
    background: none;
    border: 0;
    padding: 2px 0;
    cursor: pointer;
  }
`;
