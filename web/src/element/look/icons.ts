/** The icons, drawn on a 24 × 24 grid with one stroke width. They are decoration; the control that
 *  holds an icon has the name. */
import { html, svg } from "lit";
import type { SVGTemplateResult, TemplateResult } from "lit";

const shapes = {
  add: svg`<path d="M12 5v14M5 12h14"/>`,
  agent: svg`<rect x="5" y="8" width="14" height="11" rx="3.5"/><path d="M12 4.5V8M9.5 12.5v2M14.5 12.5v2"/>`,
  alert: svg`<path d="M12 8v5M12 16.5v.01"/><circle cx="12" cy="12" r="9"/>`,
  attach: svg`<path d="M19.5 11.5 12 19a4.6 4.6 0 0 1-6.5-6.5l8-8a3.1 3.1 0 0 1 4.4 4.4l-8 8a1.5 1.5 0 0 1-2.2-2.2l7-7"/>`,
  chevron: svg`<path d="m9 6 6 6-6 6"/>`,
  chip: svg`<rect x="7" y="7" width="10" height="10" rx="2"/><path d="M10 3.5V7M14 3.5V7M10 17v3.5M14 17v3.5M3.5 10H7M3.5 14H7M17 10h3.5M17 14h3.5"/>`,
  close: svg`<path d="m6 6 12 12M18 6 6 18"/>`,
  compose: svg`<path d="M11 5H6.5A2.5 2.5 0 0 0 4 7.5v10A2.5 2.5 0 0 0 6.5 20h10a2.5 2.5 0 0 0 2.5-2.5V13"/><path d="m9 15 .6-3L18 3.6a1.7 1.7 0 0 1 2.4 2.4L12 14.4z"/>`,
  copy: svg`<rect x="9" y="9" width="11" height="11" rx="2.5"/><path d="M15 9V6.5A2.5 2.5 0 0 0 12.5 4h-6A2.5 2.5 0 0 0 4 6.5v6A2.5 2.5 0 0 0 6.5 15H9"/>`,
  dark: svg`<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z"/>`,
  done: svg`<path d="m5 12.5 4.5 4.5L19 7.5"/>`,
  down: svg`<path d="M12 5v14M6 13l6 6 6-6"/>`,
  edit: svg`<path d="M14.5 6.5 17.5 9.5M5 19l.8-3.8L16 5a2.1 2.1 0 0 1 3 3L8.8 18.2z"/>`,
  download: svg`<path d="M12 4v11M7 10.5l5 5 5-5M5 20h14"/>`,
  enlarge: svg`<path d="M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7"/>`,
  file: svg`<path d="M13.5 3.5H7.5a2 2 0 0 0-2 2v13a2 2 0 0 0 2 2h9a2 2 0 0 0 2-2v-10z"/><path d="M13.5 3.5v5h5"/>`,
  hand: svg`<path d="M8 12.5V6.2a1.6 1.6 0 0 1 3.2 0M11.2 11.5V4.8a1.6 1.6 0 0 1 3.2 0v6.7M14.4 11.5V6.6a1.6 1.6 0 0 1 3.2 0v7.6c0 3.5-2.3 6.3-5.8 6.3-2.6 0-4.2-1.2-5.5-3.6l-2-3.8a1.5 1.5 0 0 1 2.5-1.6L8 13.2"/>`,
  key: svg`<circle cx="8" cy="15.5" r="4"/><path d="m11 12.5 8.5-8.5M16 7.5l3 3"/>`,
  light: svg`<circle cx="12" cy="12" r="4"/><path d="M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4"/>`,
  list: svg`<path d="M10 6.5h10M10 12h10M10 17.5h10M4.5 6.5h.01M4.5 12h.01M4.5 17.5h.01"/>`,
  play: svg`<path d="M8 5.5v13l10.5-6.5z"/>`,
  retry: svg`<path d="M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4v5h-5"/>`,
  send: svg`<path d="M12 19V5M6 11l6-6 6 6"/>`,
  settings: svg`<path d="M4 7.5h9M19 7.5h1M4 16.5h1M11 16.5h9"/><circle cx="16" cy="7.5" r="2.5"/><circle cx="8" cy="16.5" r="2.5"/>`,
  stop: svg`<rect x="7" y="7" width="10" height="10" rx="2" fill="currentColor"/>`,
  system: svg`<circle cx="12" cy="12" r="8.5"/><path d="M12 3.5v17a8.5 8.5 0 0 0 0-17z" fill="currentColor"/>`,
  terminal: svg`<path d="m5 8 4 4-4 4M12 16.5h7"/>`,
  trash: svg`<path d="M5 7.5h14M10 4.5h4M7 7.5l.8 12h8.4l.8-12M10.3 11v5M13.7 11v5"/>`,
  history: svg`<path d="M4.5 12a7.5 7.5 0 1 0 2.4-5.5L4.5 8.7M4.5 4.5v4.2h4.2M12 8v4.3l2.8 1.7"/>`,
  window: svg`<rect x="4" y="8" width="11.5" height="11.5" rx="2"/><path d="M8.5 5.2a2 2 0 0 1 2-1.7H18a2.5 2.5 0 0 1 2.5 2.5v7.5a2 2 0 0 1-1.7 2"/>`,
  tool: svg`<path d="M20 7.5 16.5 11 13 7.5 16.5 4a5 5 0 0 0-6.3 6.3L4 16.5 7.5 20l6.2-6.2A5 5 0 0 0 20 7.5z"/>`,
} satisfies Record<string, SVGTemplateResult>;

export type IconName = keyof typeof shapes;

/** Draws an icon of `size` pixels in the current text colour. */
export function icon(name: IconName, size = 18): TemplateResult {
  return html`<svg
    aria-hidden="true"
    width=${size}
    height=${size}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.8"
    stroke-linecap="round"
    stroke-linejoin="round"
  >
    ${shapes[name]}
  </svg>`;
}

/** Draws the logo: a prompt and a cursor. */
export function logo(size = 24): TemplateResult {
  return html`<svg aria-hidden="true" width=${size} height=${size} viewBox="0 0 24 24" fill="none">
    <rect width="24" height="24" rx="7" fill="#2a5bc4" />
    <path
      d="m6.5 8 4 4-4 4"
      stroke="#fff"
      stroke-width="2.3"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
    <rect x="12.8" y="14.2" width="5.2" height="2.4" rx="1.2" fill="#ffd04a" />
  </svg>`;
}
