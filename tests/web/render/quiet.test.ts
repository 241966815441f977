import { expect, test } from "vitest";

import { quiet } from "../../../web/src/render/quiet";

test.each([
  "<link rel='dns-prefetch' href='//data.example'>",
  "<LINK/rel=preconnect href=//data.example>",
  "<link\nrel=prefetch href=//data.example>",
  "<p><template shadowrootmode=open><link rel=preconnect href=//data.example></template></p>",
  "<noscript><link rel=preconnect href=//data.example></noscript>",
  "<iframe srcdoc='&lt;link rel=preconnect href=//data.example>'></iframe>",
  "<object data='//data.example'></object><embed src='//data.example'>",
  "<meta http-equiv='refresh' content='0;url=//data.example'><base href='//data.example'>",
])("nothing in %s names a server", (page) => {
  const shown = new DOMParser().parseFromString(quiet(page), "text/html");
  const all = [shown, ...[...shown.querySelectorAll("template")].map(({ content }) => content)];
  const names = all.flatMap((root) => [...root.querySelectorAll("*")].map((it) => it.localName));
  const allowed = ["html", "head", "body", "meta", "p", "template", "noscript", "wbr", "div"];
  expect(names.filter((name) => !allowed.includes(name))).toEqual([]);
  expect(names.filter((name) => name === "meta")).toHaveLength(1);
});

test("what names no server stays as it is", () => {
  const page = "<style>a > b {}</style><table><tr><td>linked <a href='#x'>x</a></table><linked-x>";
  expect(quiet(page).endsWith(page)).toBe(true);
});
