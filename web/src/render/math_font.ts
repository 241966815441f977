/** Offers a font for formulas to browsers on systems that have none, where brackets do not grow. It is
 *  part of the site, and loaded only when a formula is drawn and no font before it in the list of
 *  `math_styles.ts` is there. */
import file from "@fontsource/noto-sans-math/files/noto-sans-math-latin-400-normal.woff2";

const NAME = "pyagent math";

export function offerMathFont(): void {
  if (typeof FontFace === "undefined") return;
  document.fonts.add(new FontFace(NAME, `url("${new URL(file, import.meta.url).href}")`));
}
