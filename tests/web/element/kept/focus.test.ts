/** The focus in the list of conversations, and what a screen reader hears. */
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import "../../../../web/src/element/frame/pa-followed";
import "../../../../web/src/element/frame/pa-update";
import type { History } from "../../../../web/src/element/history";
import "../../../../web/src/element/kept/pa-history";
import "../../../../web/src/element/run/pa-interrupted";
import type { Library, ListedConversation } from "../../../../web/src/journal/library";
import { focused } from "../../../../web/src/element/look/focus";

const row = (id: string): ListedConversation => ({
  id,
  title: `Task ${id}`,
  created: 1,
  changed: 1,
  epoch: 1,
  tasks: 1,
  bytes: 1_000_000,
  checkpointBytes: 2_000_000,
  partsBytes: 4_000_000,
  run: null,
  lost: {},
  isOpen: false,
});

class FakeLibrary extends EventTarget {
  rows = ["a", "b", "c"].map(row);
  list = async () => [...this.rows];
  rename = async () => undefined;
  delete = async (id: string) => void (this.rows = this.rows.filter((one) => one.id !== id));
  deleteAll = async () => void (this.rows = []);
}

beforeAll(() => {
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
});
beforeEach(() => vi.stubGlobal("navigator", { storage: { persisted: async () => false } }));

afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

async function shown() {
  const library = new FakeLibrary() as unknown as Library;
  const history = { library, id: null } as unknown as History;
  const element = Object.assign(document.createElement("pa-history"), { history });
  document.body.append(element);
  await element.show();
  await vi.waitFor(() => expect(rows(element)).toHaveLength(3));
  return element;
}

const rows = (element: HTMLElement) => [...element.shadowRoot!.querySelectorAll("pa-conversation")];
const labelOf = (one: Element | null): string | undefined =>
  one?.getAttribute("aria-label") ?? one?.textContent?.trim();

async function press(host: HTMLElement, label: string): Promise<void> {
  const all = [...host.shadowRoot!.querySelectorAll("button")];
  const one = all.find((button) => labelOf(button) === label)!;
  one.focus();
  one.click();
  await new Promise((resolve) => setTimeout(resolve, 5));
}

async function type(key: string): Promise<void> {
  focused()!.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, composed: true }));
  await new Promise((resolve) => setTimeout(resolve, 5));
}

test.each([
  ["Rename Task b", () => press, "Cancel"],
  ["Rename Task b", () => press, "Save"],
  ["Rename Task b", () => type, "Escape"],
  ["Rename Task b", () => type, "Enter"],
  ["Delete Task b", () => press, "Keep"],
  ["Delete Task b", () => type, "Escape"],
] as const)("%s ends with the focus where it began", async (label, how, what) => {
  const element = await shown();
  const conversation = rows(element)[1]!;
  await press(conversation, label);
  expect(labelOf(focused())).not.toBe(label);

  if (how() === press) await press(conversation, what);
  else await type(what);

  expect(labelOf(focused())).toBe(label);
});

test("a row names all that its conversation takes", async () => {
  const element = await shown();
  expect(rows(element)[0]!.shadowRoot!.textContent).toContain("7.0 MB");
});

test("a deleted row gives the focus to the next, and the last one to what closes the list", async () => {
  const element = await shown();
  const title = () => focused()?.querySelector("b")?.textContent;
  for (const [id, next] of [
    ["b", "Task c"],
    ["c", "Task a"],
    ["a", undefined],
  ] as const) {
    const conversation = rows(element).find((one) => one.row.id === id)!;
    await press(conversation, `Delete Task ${id}`);
    await press(conversation, "Delete");
    expect(title()).toBe(next);
  }
  expect(labelOf(focused())).toBe("Close");
});

test.each([["Delete all…"], ["Forget everything…"]])("%s gives the focus back", async (label) => {
  const element = await shown();
  for (const end of [() => press(element, "Keep"), () => type("Escape")]) {
    await press(element, label);
    expect(labelOf(focused())).toBe("Keep");
    await end();
    expect(labelOf(focused())).toBe(label);
  }
});

test("every button of the rows has a name of its own", async () => {
  const element = await shown();
  const names = rows(element).flatMap((one) =>
    [...one.shadowRoot!.querySelectorAll("button")].map(labelOf),
  );
  expect(new Set(names).size).toBe(12);
});

test.each(["pa-interrupted", "pa-followed", "pa-update", "pa-history"] as const)(
  "no button is in a live region of %s",
  async (name) => {
    const element =
      name === "pa-history"
        ? await shown()
        : Object.assign(document.createElement(name), { resumable: true });
    document.body.append(element);
    await element.updateComplete;
    const root = element.shadowRoot!;
    await vi.waitFor(() => expect(root.querySelector("button")).not.toBeNull());
    expect(root.querySelector("[role=status]")!.textContent!.trim()).not.toBe("");
    expect(root.querySelector("[role=status] button")).toBeNull();
  },
);
