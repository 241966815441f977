import { expect, test, vi } from "vitest";
import { renderMarkdown } from "../../../web/src/render/markdown";
import { inTurns } from "../../../web/src/element/look/turns";
import { setFormulas } from "../../../web/src/render/math";
import { sanitizeMath } from "../../../web/src/render/sanitize";

function formulas(text: string): string[] {
  const found = renderMarkdown(text).querySelectorAll(".math");
  return [...found].map((one) => one.textContent!);
}

async function set(text: string): Promise<HTMLElement> {
  const root = document.createElement("div");
  root.append(renderMarkdown(text));
  await setFormulas(root, inTurns);
  return root;
}

test.each([
  ["so $x^2$ it is", ["$x^2$"]],
  ["$$E=mc^2$$", ["$$E=mc^2$$"]],
  ["energy $$E=mc^2$$ there", ["$$E=mc^2$$"]],
  ["$$\na = b\n- c\n= d\n$$", ["$$\na = b\n- c\n= d\n$$"]],
  ["text\n$$\na_1 * b_2 * c\n$$\nmore", ["$$\na_1 * b_2 * c\n$$"]],
  ["inline \\(a_i + b_i\\) and \\[c\\]", ["\\(a_i + b_i\\)", "\\[c\\]"]],
  ["\\[\nx = y\n\\]", ["\\[\nx = y\n\\]"]],
  [
    "\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}",
    ["\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}"],
  ],
  ["- $a$\n- $b$", ["$a$", "$b$"]],
  ["| $a$ | $b$ |\n|---|---|\n| $1$ | 2 |", ["$a$", "$b$", "$1$"]],
  ["costs \\$5, and $\\$5 + x$", ["$\\$5 + x$"]],
  ['($x$), "$y$": $z$.', ["$x$", "$y$", "$z$"]],
])("%j has the formulas %j", (text, expected) => expect(formulas(text)).toEqual(expected));

test.each([
  "It costs $5 and $10.",
  "$5-$10",
  "between $1,000 and $2,000",
  "$5/month vs $7/month",
  "US$5, A$6 and CA$7",
  "5$ and 6$",
  "$HOME/$USER",
  "`$x$`",
  "```\n$x$\n```",
  "$ x $",
  "\\$x\\$",
  "$$",
  "$$$$",
  "$unclosed",
  "$$\na\n\nb\n$$",
  "a $x\ny$ b",
])("%j has no formula", (text) => expect(formulas(text)).toEqual([]));

test("formulas become MathML, and those that stand alone are blocks", async () => {
  const root = await set("so $x^2$:\n\n$$E=mc^2$$");

  const [inline, block] = root.querySelectorAll("math");
  expect(inline!.querySelector("msup")!.textContent).toBe("x2");
  expect(block!.getAttribute("display")).toBe("block");
  expect(root.querySelector(".math")!.getAttribute("title")).toBe("$x^2$");
});

test.each([
  "\\frac{a}{b}",
  "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}",
  "\\sum_{i=0}^n \\sqrt{i}",
  "\\text{if } x > 0",
  "\\left(\\frac12\\right)",
  "\\mathbb{R} \\to \\hat{x}",
])("%s is set without an error", async (tex) => {
  expect((await set(`$${tex}$`)).querySelector(".math > math")).not.toBe(null);
});

test.each([
  ["an unknown command", "$\\nonsense{x}$"],
  ["a broken one", "$\\frac{a$"],
  ["a link", "$\\href{https://evil.example}{x}$"],
  ["a picture", "$\\includegraphics{https://evil.example/a.png}$"],
  ["endless macros", "$\\def\\a{\\a\\a}\\a$"],
  ["deep braces", `$${"\\frac{a}{".repeat(60)}b${"}".repeat(60)}$`],
  ["a huge result", `$$\\begin{matrix}${"&".repeat(1_900)}\\end{matrix}$$`],
])("%s stays as it was written", async (_, text) => {
  const root = await set(text);

  expect(root.querySelector("math")).toBe(null);
  expect(root.textContent!.trim()).toBe(text);
});

test.each([
  '<math><mi href="https://evil.example">x</mi></math>',
  '<math><maction actiontype="toggle"><mi>x</mi></maction></math>',
  '<math><mi style="background:url(https://evil.example)">x</mi></math>',
  '<math><mi style="position:fixed;inset:0">x</mi></math>',
  '<math><annotation-xml encoding="text/html"><img src=x onerror=alert(1)></annotation-xml></math>',
  "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
  "<math><mi onclick=alert(1)>x</mi></math>",
])("%s keeps nothing that loads, acts or moves", (html) => {
  const root = document.createElement("div");
  root.append(sanitizeMath(html));

  expect(root.innerHTML).not.toMatch(/evil|img|onerror|onclick|fixed|maction/);
});

test("many formulas leave the page time between them", async () => {
  vi.useRealTimers();
  let ticks = 0;
  const timer = setInterval(() => (ticks += 1), 1);
  const tex = "\\frac{a+b+c}{d+e+f}".repeat(20);

  const root = await set(Array.from({ length: 30 }, () => `$${tex}$`).join("\n\n"));
  clearInterval(timer);

  expect(root.querySelectorAll("math").length).toBe(30);
  expect(ticks).toBeGreaterThan(1);
});

test("each formula is set in a turn of its own", async () => {
  const root = document.createElement("div");
  root.append(renderMarkdown("$a$ and $b$ and $c$"));
  const set: number[] = [];

  await setFormulas(root, (step) => {
    while (step()) set.push(root.querySelectorAll("math").length);
    return undefined;
  });

  expect(set).toEqual([1, 2, 3]);
});
