/** Sets the formulas of Markdown as MathML, which the browser draws with its own fonts. The library
 *  is loaded with the first formula. A formula that it does not know stays as it was written. */
import { formulaIn } from "./math_syntax";
import { sanitizeMath } from "./sanitize";

type Library = typeof import("temml").default;

/** The most formulas that one text may have. */
const MOST_FORMULAS = 500;
/** Deeper braces take long to lay out. */
const MOST_DEPTH = 30;
/** A formula that becomes longer than this stays as it was written. */
const MOST_HTML_CHARS = 50_000;

let library: Library | null = null;
let loading: Promise<unknown> | null = null;

/** Does a step again and again, a few times in each frame, until it returns false. */
type InTurns = (step: () => boolean) => Promise<void> | undefined;

/** Sets the formulas below `root` in turns: at once when the library is here, or else when it has
 *  come. */
export async function setFormulas(root: ParentNode, inTurns: InTurns): Promise<void> {
  const found = [...root.querySelectorAll(".math:not([data-set])")];
  if (!found.length) return;
  const set = root.querySelectorAll(".math[data-set]").length;
  const formulas = found.slice(0, Math.max(0, MOST_FORMULAS - set)).values();
  if (!library) {
    await load().catch(() => undefined); // without it the formulas stay as written
    await painted(); // starting the library took the time of a frame
  }
  await inTurns(() => {
    const formula = formulas.next().value;
    if (!library || !formula) return false;
    if (!formula.hasAttribute("data-set")) setFormula(library, formula);
    return true;
  });
}

/** Resolves when the browser has painted; soon in a hidden tab, which is not painted. */
function painted(): Promise<void> {
  return new Promise((resolve) => {
    if (document.visibilityState !== "visible") setTimeout(resolve);
    else requestAnimationFrame(() => setTimeout(resolve));
  });
}

function load(): Promise<unknown> {
  loading ??= Promise.all([import("temml"), import("./math_font")])
    .then(([module, { offerMathFont }]) => {
      offerMathFont();
      library = module.default;
    })
    .finally(() => (loading = null)); // a later formula tries again
  return loading;
}

function setFormula(temml: Library, formula: Element): void {
  formula.setAttribute("data-set", "");
  const written = formula.textContent ?? "";
  const { tex, display } = formulaIn(written);
  if (depthOf(tex) > MOST_DEPTH) return;
  try {
    const html = temml.renderToString(tex, {
      displayMode: display,
      throwOnError: true,
      trust: false,
      maxSize: [20, 50],
      maxExpand: 200,
    });
    if (html.length > MOST_HTML_CHARS) return;
    formula.replaceChildren(sanitizeMath(html));
    formula.setAttribute("title", written.trim());
    if (display) formula.classList.add("display");
  } catch {
    formula.classList.add("unknown");
  }
}

function depthOf(tex: string): number {
  let depth = 0;
  let most = 0;
  for (const sign of tex.match(/[{}]|\\begin|\\end|\\left|\\right/g) ?? []) {
    depth += /^[}]|end|right/.test(sign) ? -1 : 1;
    most = Math.max(most, depth);
  }
  return most;
}
