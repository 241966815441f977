/** Writes the colours of the theme into drawings that leave theirs open, as figures of matplotlib
 *  do: `var(--pyagent-text, #000000)` stands for ink, `var(--pyagent-background, #ffffff)` for
 *  paper. A drawing is shown as an `img`, where custom properties of the page do not reach it. */

const OPEN = /var\(--pyagent-(text|background), (#[0-9a-f]{6})\)/g;
/** Matches a colour as browsers write computed ones. */
const COLOUR = /^(?:#[\da-f]{3,8}|[a-z]+|(?!url\b)[a-z-]+\([\w\s.,%/+-]{0,200}\))$/i;

export interface Colours {
  text: string;
  background: string;
}

/** Whether the drawing has colours that follow the theme. */
export function hasOpenColours(svg: string): boolean {
  return svg.search(OPEN) >= 0;
}

/** Returns the drawing in these colours; in its own, black on white, if they are null or no colours. */
export function withColours(svg: string, colours: Colours | null): string {
  return svg.replace(OPEN, (_, name: keyof Colours, own: string) => {
    const colour = colours?.[name] ?? "";
    return COLOUR.test(colour) ? colour : own;
  });
}
