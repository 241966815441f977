import { expect, test } from "vitest";

import { asText, formulasIn, inBytes } from "../../../web/src/render/formulas";

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
  // Quotation marks that hold nothing, before the formula.
  ['""=1+1', '""\'=1+1'],
  ['a,""=HYPERLINK(1)', 'a,""\'=HYPERLINK(1)'],
  ['" "=1', '" "\'=1'],
  ['"" @SUM(1)', '"" \'@SUM(1)'],
  ['x;""+cmd|x!A0', 'x;""\'+cmd|x!A0'],
  // White space and signs that are not seen.
  ['"\t=1"', '"\'\t=1"'],
  ['a,"\r\n=cmd|x!A0"', 'a,"\'\r\n=cmd|x!A0"'],
  ["\u00a0=1,\u3000@x", "\u00a0'=1,\u3000'@x"],
  ["\u200b=1,\u2060=1,\ufeff=1", "\u200b'=1,\u2060'=1,\ufeff'=1"],
  ["\ufeff\ufeff=1", "\ufeff\ufeff'=1"],
  ["a,\"+1\n+cmd|' /C calc'!A0\"", "a,\"'+1\n+cmd|' /C calc'!A0\""],
  ['a,"-1\r\n+HYPERLINK(1)"', 'a,"\'-1\r\n+HYPERLINK(1)"'],
  ['x;"y,"-A1,cmd|x!A0"', 'x;"y,"\'-A1,cmd|x!A0"'],
  ['"-1","+2.5"\n"-3"', '"-1","+2.5"\n"-3"'],
  ["\0=1,\x0b=1", "\0'=1,\x0b'=1"],
  ['"\uff0b1"', '"\'\uff0b1"'],
  // Quotation marks that mean nothing where another character separates the cells.
  ['a,"b;=1+1;"', 'a,"b;\'=1+1;"'],
  ['a;"b,=1+1,"', 'a;"b,\'=1+1,"'],
  ['a,"b\t@SUM(1)"', 'a,"b\t\'@SUM(1)"'],
  ['a,"b;-2+3+cmd|x!A0"', 'a,"b;\'-2+3+cmd|x!A0"'],
  ['a,"b\n=c"\n1;2', 'a,"b\n\'=c"\n1;2'],
  // A separator that the first line names.
  ["sep=^\n1^=1", "sep=^\n1^'=1"],
  ["\ufeffSEP=:\r\na:+cmd|x!A0", "\ufeffSEP=:\r\na:'+cmd|x!A0"],
  ['"sep=~"\na~"=1"', '"sep=~"\na~"\'=1"'],
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
  '"""=1"""',
  '""-5,"" +7',
  'a,"good:\n- one\n- two; three"',
  'a,"see; - this"',
  "sep=;\na;b^c",
  "\ufeffname\u200b=1",
  "usep=^\n1^=1",
])("%j has none", (csv) => {
  expect(saved(csv)).toBe(csv);
});

test("bytes that are no UTF-8 stay as they are", () => {
  const bytes = new Uint8Array([0xe9, 0x2c, 0x3d, 0x31, 0x0a, 0xff]);
  expect([...asText(bytes, formulasIn(bytes))]).toEqual([0xe9, 0x2c, 0x27, 0x3d, 0x31, 0x0a, 0xff]);
});

test.each([
  ["utf-16le", [0xff, 0xfe], false],
  ["utf-16be", [0xfe, 0xff], true],
  ["utf-16le without a mark", [], false],
  ["utf-16be without a mark", [], true],
] as const)("%s becomes UTF-8 that programs know", (_, mark, isBig) => {
  const text = "a,=1\né,\u8868";
  const units = [...text].flatMap((one) => {
    const code = one.charCodeAt(0);
    return isBig ? [code >> 8, code & 255] : [code & 255, code >> 8];
  });

  const bytes = inBytes(new Uint8Array([...mark, ...units]));

  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  expect(decoder.decode(asText(bytes, formulasIn(bytes)))).toBe("\ufeffa,'=1\né,\u8868");
});

test("a file in any other encoding stays as it is", () => {
  const bytes = new TextEncoder().encode("a,=1");
  expect(inBytes(bytes)).toBe(bytes);
});

test.each([
  '"a;',
  ';"',
  "\u00a0",
  '"";',
  '"-a;',
  '"\n,;\t',
  "=1,",
  '"',
  '""',
  "-1,",
  " ",
  "=",
  '"=""',
])("a large file of %j is linear", (piece) => {
  const bytes = new TextEncoder().encode(piece.repeat(4_000_000 / piece.length));
  expect(formulasIn(bytes).length).toBeLessThanOrEqual(bytes.length);
});
