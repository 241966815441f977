// @vitest-environment node
/** Who may write a conversation that several tabs open. */
import { afterEach, expect, test } from "vitest";
import { Library } from "../../../web/src/journal/library";
import { newName } from "../support/fake_storage";

const open: Library[] = [];
afterEach(() => {
  for (const library of open.splice(0)) library.dispose();
});

function library(name: string): Library {
  const made = new Library(() => undefined, name);
  open.push(made);
  return made;
}

test("of tabs that open a conversation at the same moment, one writes", async () => {
  const name = newName();
  const first = library(name);
  const { id } = await first.begin("Add");
  first.leave();
  const tabs = Array.from({ length: 5 }, () => library(name));

  // Without Web Locks, as here, only the epoch says whose turn it is.
  await Promise.all(tabs.map((tab) => tab.open(id, () => undefined, { steal: true })));
  const journals = tabs.map(({ journal }) => journal!);
  await Promise.all(journals.map((journal, tab) => journal.add(`of tab ${tab}`)));

  const faults = journals.map(({ fault }) => fault?.kind ?? "writes").sort();
  expect(faults).toEqual([...Array(4).fill("other_tab"), "writes"]);
  const kept: unknown[] = [];
  await first.open(id, (entry) => kept.push(entry));
  expect(kept).toEqual([`of tab ${journals.findIndex(({ fault }) => fault === null)}`]);
});
