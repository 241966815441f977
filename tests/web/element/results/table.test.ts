import { afterEach, expect, test, vi } from "vitest";
import "../../../../web/src/element/results/pa-table";
import type { PaTable } from "../../../../web/src/element/results/pa-table";
import { readTable } from "../../../../web/src/render/table";

afterEach(() => {
  document.body.replaceChildren();
  vi.restoreAllMocks();
});

async function shown(data: object[], more: object = {}): Promise<PaTable> {
  const element = document.createElement("pa-table");
  element.table = readTable({ data, ...more })!;
  document.body.append(element);
  await element.updateComplete;
  return element;
}

function foot(element: PaTable): string {
  return element.renderRoot.querySelector(".foot span")!.textContent!;
}

function buttons(element: PaTable, selector: string): HTMLButtonElement[] {
  return [...element.renderRoot.querySelectorAll<HTMLButtonElement>(selector)];
}

const rows = (length: number) => Array.from({ length }, (_, n) => ({ n }));

/** Lets the time go on by so much with every look at the clock that a frame has two turns or so. */
function slowDrawing(): void {
  let now = performance.now();
  vi.spyOn(performance, "now").mockImplementation(() => (now += 4));
}

const until = (holds: () => void) => vi.waitFor(holds, { timeout: 8_000, interval: 5 });

function drawn(element: PaTable): number {
  return element.renderRoot.querySelector("tbody")!.children.length;
}

test.each([
  [rows(3), {}, "3 rows × 1 column"],
  [rows(300), {}, "first 100 of 300 rows × 1 column"],
  [rows(50), { total_rows: 120 }, "first 50 of 120 rows × 1 column"],
  [[], { schema: { fields: [{ name: "a" }, { name: "b" }] } }, "0 rows × 2 columns"],
  [
    rows(1),
    { schema: { fields: Array.from({ length: 2_000 }, (_, i) => ({ name: `c${i}` })) } },
    "1 row × first 100 of 2,000 columns",
  ],
])("the foot names the part that is shown", async (data, more, text) => {
  expect(foot(await shown(data, more))).toBe(text);
});

test("an empty table shows its head and can be saved", async () => {
  const element = await shown([], { schema: { fields: [{ name: "a" }, { name: "b" }] } });

  const head = [...element.renderRoot.querySelectorAll("th")].map((th) => th.textContent!.trim());
  expect([head, drawn(element)]).toEqual([["a", "b"], 0]);
  expect(buttons(element, ".action").map((one) => one.textContent!.trim())).toEqual(["CSV"]);

  element.table = readTable({ data: rows(2) })!;
  await element.updateComplete;
  expect(drawn(element)).toBe(2);
});

test("all rows are shown on request", async () => {
  const element = await shown(rows(300));

  buttons(element, ".action")[0]!.click();
  await element.updateComplete;

  expect(foot(element)).toBe("300 rows × 1 column");
  expect(drawn(element)).toBe(300);
  expect(element.shadowRoot!.activeElement?.className).toBe("scroll"); // the button is gone
});

test("a wide and long table has a bounded number of cells", async () => {
  const fields = Array.from({ length: 50_000 }, (_, i) => ({ name: `c${i}` }));
  const element = await shown(rows(2_000), { schema: { fields } });

  expect(foot(element)).toBe("first 100 of 2,000 rows × first 100 of 50,000 columns");
  expect(element.renderRoot.querySelectorAll("td").length).toBe(10_000);
  expect(buttons(element, ".action")[0]!.textContent).toBe("Show 200 rows");
});

test.each(["x".repeat(70), "two\nlines", "word ".repeat(5_000)])(
  "a long text is shortened, and opens",
  async (text) => {
    const element = await shown([{ text, n: 1 }]);
    const cell = () => element.renderRoot.querySelector(".long span")!.textContent!;
    expect(cell().length).toBeLessThanOrEqual(96);

    buttons(element, ".long button")[0]!.click();
    await element.updateComplete;
    expect(cell().startsWith(text.slice(0, 10_000))).toBe(true);
    expect(buttons(element, ".long button")[0]!.getAttribute("aria-expanded")).toBe("true");

    buttons(element, ".long button")[0]!.click();
    await element.updateComplete;
    expect(cell().length).toBeLessThanOrEqual(96);
  },
);

test("a column with a huge name is drawn short", async () => {
  const element = await shown([{ ["n".repeat(1_000_000)]: 1 }]);

  expect(element.renderRoot.querySelector("th")!.textContent!.trim().length).toBe(96);
});

test("a long table has pages", async () => {
  const element = await shown(rows(250), { total_rows: 900 });
  const cells = () => [...element.renderRoot.querySelectorAll("td")].map((td) => td.textContent);
  const [back, on] = buttons(element, ".turn");
  expect(back!.getAttribute("aria-disabled")).toBe("true");

  on!.focus();
  on!.click();
  await element.updateComplete;
  expect(foot(element)).toBe("rows 101–200 of 900 rows × 1 column");
  expect([cells()[0], cells().length]).toEqual(["100", 100]);

  on!.click();
  await element.updateComplete;
  expect(foot(element)).toBe("rows 201–250 of 900 rows × 1 column");
  expect([cells()[0], cells().length]).toEqual(["200", 50]);
  expect([on!.getAttribute("aria-disabled"), on!.disabled]).toEqual(["true", false]);
  expect(element.shadowRoot!.activeElement).toBe(on);

  on!.click();
  await element.updateComplete;
  expect(foot(element)).toBe("rows 201–250 of 900 rows × 1 column");

  buttons(element, ".action")[0]!.click();
  await element.updateComplete;
  expect(cells().length).toBe(250);
  expect(buttons(element, ".turn")).toEqual([]);
});

test("another table begins at its first page, and a short one has none", async () => {
  const element = await shown(rows(250));
  buttons(element, ".turn")[1]!.click();
  await element.updateComplete;

  element.table = readTable({ data: rows(300) })!;
  await element.updateComplete;
  expect(foot(element)).toBe("first 100 of 300 rows × 1 column");
  expect(buttons(await shown(rows(100)), ".turn")).toEqual([]);
});

test("a long table that is drawn in several frames reads no row past its last", async () => {
  slowDrawing();
  const element = await shown(rows(1_500));
  const { table } = element;
  const read: number[] = [];
  element.table = { ...table, cell: (row, column) => (read.push(row), table.cell(row, column)) };
  await element.updateComplete;

  buttons(element, ".action")[0]!.click();
  await until(() => expect(drawn(element)).toBe(1_500));
  await element.updateComplete;
  await new Promise((resolve) => setTimeout(resolve, 200)); // in which nothing more is drawn

  expect(read.reduce((a, b) => Math.max(a, b))).toBe(1_499);
});

test("a shorter table takes the place of one that is being drawn", async () => {
  slowDrawing();
  const element = await shown(rows(2_000));
  buttons(element, ".action")[0]!.click();
  await until(() => expect(drawn(element)).toBeGreaterThan(400));
  expect(drawn(element)).toBeLessThan(2_000);

  element.table = readTable({ data: rows(3) })!;
  await until(() => expect(drawn(element)).toBe(3));
  await element.updateComplete;

  element.table = readTable({ data: rows(1_000) })!;
  await until(() => expect(drawn(element)).toBe(100));
  buttons(element, ".action")[0]!.click();
  await until(() => expect(drawn(element)).toBe(1_000));
  await element.updateComplete;
});

test("after very many cells, the next tables have short pages until some have gone", async () => {
  const wide = Array.from({ length: 150 }, (_, n) =>
    Object.fromEntries(Array.from({ length: 50 }, (_, c) => [`c${c}`, n * c])),
  );
  const tables: PaTable[] = [];
  for (let count = 0; count < 8; count += 1) tables.push(await shown(wide));

  const lengths = tables.map(drawn);
  expect(lengths).toEqual([100, 100, 100, 100, 100, 100, 10, 10]);
  expect(foot(tables.at(-1)!)).toBe("first 10 of 150 rows × 50 columns");
  buttons(tables.at(-1)!, ".turn")[1]!.click();
  await tables.at(-1)!.updateComplete;
  expect(foot(tables.at(-1)!)).toBe("rows 11–20 of 150 rows × 50 columns");
  tables.at(-2)!.renderRoot.querySelector<HTMLButtonElement>(".action")!.click();
  await tables.at(-2)!.updateComplete;
  expect(drawn(tables.at(-2)!)).toBe(150);

  for (const table of tables) table.remove();
  expect(drawn(await shown(wide))).toBe(100);
}, 30_000);
