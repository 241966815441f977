import { expect, test } from "vitest";

import { asText, formulasIn } from "../../../web/src/render/formulas";

function saved(csv: string): string {
  const bytes = new TextEncoder().encode(csv);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(asText(bytes, formulasIn(bytes)));
}

test.each([
  ["=HYPERLINK(1)", "'=HYPERLINK(1)"],
  ["a,=1+1\r\n", "a,'=1+1\r\n"],
  ['a,"=HYPERLINK(""https://x"",""y"")",b', 'a,"\'=HYPERLINK(""https://x"",""y"")",b'],
  ["a;+cmd|' /C calc'!A0", "a;'+cmd|' /C calc'!A0"],
  ["a\t@SUM(1)\n-2+3", "a\t'@SUM(1)\n'-2+3"],
  ["x\n  =1", "x\n  '=1"],
  ['"  =1"', '"\'  =1"'],
  ["\ufeff=1,\uff1d1", "\ufeff'=1,'\uff1d1"],
  ['"a\n=no",=yes', '"a\n=no",\'=yes'],
  ["-,+", "'-,'+"],
  ['"open,=1', '"open,=1'],
  [`-${"1".repeat(64)}+cmd|'/C calc'!A0`, `'-${"1".repeat(64)}+cmd|'/C calc'!A0`],
  [`+1${" ".repeat(63)}+HYPERLINK(1)`, `'+1${" ".repeat(63)}+HYPERLINK(1)`],
  [`"-${"1".repeat(200)}+cmd|'x'!A0"`, `"'-${"1".repeat(200)}+cmd|'x'!A0"`],
  [`a;-${"1.".repeat(40)}*2`, `a;'-${"1.".repeat(40)}*2`],
  [`"-1"+cmd|'/C calc'!A0`, `"'-1"+cmd|'/C calc'!A0`],
  ['"-1""+1"', '"\'-1""+1"'],
])("formulas in %j become text", (csv, text) => {
  expect(saved(csv)).toBe(text);
});

test.each([
  "",
  "name,amount\r\na,-5\r\nb,+3.25\r\nc,-1e-7\r\nd,-12%\r\n",
  "-1.234,56;+1 000",
  '"-5","+7"',
  '"-5" ,"+7"\r\n"-1"',
  `-${"1".repeat(60)}\n+${"2".repeat(60)},x`,
  "a=b,c-d,e@f.org",
  '"a ""=1"" b",x',
])("%j has none", (csv) => {
  expect(saved(csv)).toBe(csv);
});

test("bytes that are no UTF-8 stay as they are", () => {
  const bytes = new Uint8Array([0xe9, 0x2c, 0x3d, 0x31, 0x0a, 0xff]);
  expect([...asText(bytes, formulasIn(bytes))]).toEqual([0xe9, 0x2c, 0x27, 0x3d, 0x31, 0x0a, 0xff]);
});

test.each(["=1,", '"', '""', "-1,", " ", "=", '"=""'])("a large file of %j is linear", (piece) => {
  const bytes = new TextEncoder().encode(piece.repeat(4_000_000 / piece.length));
  expect(formulasIn(bytes).length).toBeLessThanOrEqual(bytes.length);
});
