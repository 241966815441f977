import { afterEach, beforeEach, expect, test, vi } from "vitest";

import "../../../../web/src/element/results/pa-file";
import "../../../../web/src/element/results/pa-table";
import { readTable } from "../../../../web/src/render/table";

let saved: [name: string, blob: Blob][] = [];

beforeEach(() => {
  let blob: Blob;
  vi.stubGlobal("URL", class extends URL {});
  URL.createObjectURL = (given: Blob) => ((blob = given), "blob:x");
  URL.revokeObjectURL = () => undefined;
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (
    this: HTMLAnchorElement,
  ) {
    saved.push([this.download, blob]);
  });
});

afterEach(() => {
  saved = [];
  document.body.replaceChildren();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

async function fileOf(name: string, text: string) {
  const file = Object.assign(document.createElement("pa-file"), {
    name,
    size: text.length,
    blob: new Blob([text]),
  });
  document.body.append(file);
  await file.updateComplete;
  file.shadowRoot!.querySelector<HTMLButtonElement>(".chip")!.click();
  return file;
}

function button(host: HTMLElement, label: string): HTMLButtonElement {
  const all = [...host.shadowRoot!.querySelectorAll("button")];
  return all.find((one) => one.textContent?.trim() === label)!;
}

function textOf(blob: Blob): Promise<string> {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.readAsText(blob);
  });
}

test.each([
  ["Save as text", "a,'=1\n"],
  ["Save as it is", "a,=1\n"],
])("a file with a formula is saved only as the person chooses: %s", async (label, text) => {
  const file = await fileOf("out/sums.csv", "a,=1\n");
  await vi.waitFor(() => expect(file.shadowRoot!.textContent).toContain("1 cell begins like"));
  expect(saved).toEqual([]);

  button(file, label).click();
  await file.updateComplete;

  expect(saved.map(([name]) => name)).toEqual(["sums.csv"]);
  expect(await textOf(saved[0]![1])).toBe(text);
  expect(file.shadowRoot!.querySelector(".formulas")).toBeNull();
});

test.each([
  ["sums.csv", "a,-1\n"],
  ["note.md", "=1"],
  ["script.py", "=1"],
])("%s with %j is saved at once", async (name, text) => {
  await fileOf(name, text);
  await vi.waitFor(() => expect(saved.map(([saved]) => saved)).toEqual([name]));
});

test("a table with a formula asks too", async () => {
  const table = readTable({
    schema: { fields: [{ name: "a", type: "string" }] },
    data: [{ a: "=1" }, { a: "@x" }],
  })!;
  const element = Object.assign(document.createElement("pa-table"), { table, name: "table" });
  document.body.append(element);
  await element.updateComplete;
  element.shadowRoot!.querySelector<HTMLButtonElement>(".action:last-of-type")!.click();
  await vi.waitFor(() => expect(element.shadowRoot!.textContent).toContain("2 cells begin like"));
  expect(saved).toEqual([]);
});

test("the question has the focus, is heard, and gives the focus back", async () => {
  const file = await fileOf("sums.csv", "a,=1\n");
  await vi.waitFor(() => expect(file.shadowRoot!.activeElement?.textContent).toBe("Save as text"));
  file.shadowRoot!.querySelector<HTMLButtonElement>(".chip")!.focus();
  file.shadowRoot!.querySelector<HTMLButtonElement>(".chip")!.click();
  await vi.waitFor(() => expect(file.shadowRoot!.activeElement?.textContent).toBe("Save as text"));
  const alert = file.shadowRoot!.querySelector("[role=alert]")!;
  expect(alert.textContent).toContain("1 cell begins like");
  expect(alert.querySelector("button")).toBeNull();

  button(file, "Save as text").click();

  await vi.waitFor(() => expect(file.shadowRoot!.activeElement?.className).toBe("chip"));
});
