import { expect, test } from "vitest";
import { viewOfAnswer } from "../../../web/src/render/bundle";
import { drawingIn } from "../../../web/src/render/drawing";

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect/></svg>';

test.each([
  ["plain", SVG],
  ["with blanks around it", `\n  ${SVG}\n`],
  ["with an XML declaration", `<?xml version="1.0" encoding="utf-8"?>\n${SVG}`],
  [
    "as matplotlib writes it",
    '<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd">\n' +
      `<!-- Created with matplotlib -->\n${SVG}`,
  ],
  ["in a fence of Markdown", `\`\`\`svg\n${SVG}\n\`\`\``],
  ["without a namespace", "<svg viewBox='0 0 9 9'><rect/></svg>"],
  [
    "with a prefix for links",
    SVG.replace("<svg", '<svg xmlns:xlink="http://www.w3.org/1999/xlink"'),
  ],
])("an answer that is a drawing %s is shown as one", (_, text) => {
  expect(viewOfAnswer(text, null)).toMatchObject({ kind: "image", extension: "svg" });
});

test("a drawing without a namespace gets one, because a file needs it", () => {
  expect(drawingIn("<svg><rect/></svg>")).toBe(
    '<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>',
  );
});

test.each([
  ["words around a drawing", `Here it is: ${SVG}`],
  ["words after a drawing", `${SVG}\nThat is it.`],
  ["a broken drawing", '<svg xmlns="http://www.w3.org/2000/svg"><rect></svg>'],
  ["a drawing that was cut off", SVG.slice(0, -3)],
  ["another tag", "<svgs></svgs>"],
  ["an empty text", ""],
])("%s is shown as text", (_, text) => {
  expect(viewOfAnswer(text, null)).toEqual({ kind: "markdown", text });
});

test("the same answer gives the same drawing, so that it is not loaded again", () => {
  const bundle = { "text/plain": SVG };

  expect(viewOfAnswer(SVG, bundle)).toBe(viewOfAnswer(SVG, bundle));
});
