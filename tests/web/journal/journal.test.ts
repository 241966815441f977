// @vitest-environment node
/** How one conversation is written. */
import { expect, test, vi } from "vitest";
import { SavedState } from "../../../web/src/api/saved_state";
import { allOf, bytesOf } from "../../../web/src/journal/database";
import { Journal } from "../../../web/src/journal/journal";
import { readPages, readState } from "../../../web/src/journal/reading";
import { newJournal, openFresh, quiet, row, savePoint } from "../support/fake_storage";

async function entriesOf(database: Awaited<ReturnType<typeof openFresh>>) {
  const entries: unknown[] = [];
  const read = await readPages(database, "c1", 0, (entry) => entries.push(entry));
  return { entries, ...read };
}

test("entries come back in order", async () => {
  const database = await openFresh();
  const journal = await newJournal(database);

  for (let number = 0; number < 20; number++) await journal.add({ number });

  const { entries, next, damaged } = await entriesOf(database);
  expect(entries).toEqual(Array.from({ length: 20 }, (_, number) => ({ number })));
  expect([next, damaged]).toEqual([20, 0]);
});

test("entries of the same moment are one page, and those of a write under way the next", async () => {
  const database = await openFresh();
  const journal = await newJournal(database);

  const first = journal.add(1);
  void journal.add(2);
  await first;
  await Promise.all([journal.add(3), journal.add(4), journal.add(5)]);

  expect(await database.count("pages", allOf("c1"))).toBe(2);
  expect((await entriesOf(database)).entries).toEqual([1, 2, 3, 4, 5]);
});

test("a thousand entries at once take few pages", async () => {
  const database = await openFresh();
  const journal = await newJournal(database);

  await Promise.all(Array.from({ length: 1000 }, (_, number) => journal.add(number)));

  expect(await database.count("pages", allOf("c1"))).toBeLessThan(5);
  expect((await entriesOf(database)).entries).toHaveLength(1000);
});

test("a save point and the entries of its moment are in the same transaction", async () => {
  const database = await openFresh();
  const journal = await newJournal(database);
  const state = new SavedState();
  const point = savePoint({ step: 1, parts: { "memory/0": 1 }, checkpoint: "new" });
  state.take(point, [new Uint8Array([1, 2]).buffer]);
  const transactions = vi.spyOn(database, "transaction");

  void journal.add("step 1 has ended");
  await journal.save(point, state);

  expect(transactions).toHaveBeenCalledOnce();
  const kept = await database.get("conversations", "c1");
  const read = await readState(database, kept!);
  expect(read.damaged).toBe(false);
  expect([...read.state.parts]).toEqual([["memory/0", 1]]);
  expect(await read.state.checkpoint!.bytes()).toEqual(new Uint8Array([1, 2]));
  expect(read.state.run).toEqual({ id: "r1", step: 1, maxSteps: null });
});

test("the size of a conversation is that of its entries, parts and checkpoint", async () => {
  const database = await openFresh();
  const journal = await newJournal(database);
  const state = new SavedState();
  const size = async () => bytesOf((await database.get("conversations", "c1"))!);
  const save = async (point: Parameters<typeof savePoint>[0], ...buffers: ArrayBuffer[]) => {
    state.take(savePoint(point), buffers);
    await journal.save(savePoint(point), state);
  };

  await journal.add("entry", 500);
  await save(
    { parts: { a: "x".repeat(1000), b: "y".repeat(2000) }, checkpoint: "new" },
    new ArrayBuffer(10_000),
  );
  expect(await size()).toBe(500 + 1003 + 2003 + 10_000);

  await save({ parts: { a: "x" }, removed: ["b"], checkpoint: "same" });
  expect(await size()).toBe(500 + 4 + 10_000);

  const kept = row({ ...(await database.get("conversations", "c1"))!, epoch: 2 });
  await database.put("conversations", kept);
  const next = new Journal(database, kept, journal.pages, quiet, state.parts);
  await next.save(savePoint({ parts: { a: "xyz" }, checkpoint: "none" }), new SavedState());
  expect(await size()).toBe(500 + 6);
});

test("parts that are gone are gone, and a checkpoint that is the same stays", async () => {
  const database = await openFresh();
  const journal = await newJournal(database);
  const state = new SavedState();
  const points = [
    savePoint({ parts: { a: 1, b: 2 }, checkpoint: "new" }),
    savePoint({
      step: 1,
      parts: { c: 3 },
      removed: ["a"],
      checkpoint: "same",
      lost: { x: "a lock" },
    }),
  ];

  for (const point of points) {
    state.take(point, [new Uint8Array([7]).buffer]);
    await journal.save(point, state);
  }

  const read = await readState(database, (await database.get("conversations", "c1"))!);
  expect([...read.state.parts]).toEqual([
    ["b", 2],
    ["c", 3],
  ]);
  expect(read.state.checkpoint?.size).toBe(1);
  expect(read.state.lost).toEqual({ x: "a lock" });
});

test("a tab that lost its turn writes nothing over what the other tab wrote", async () => {
  const database = await openFresh();
  const failed = vi.fn();
  const old = await newJournal(database, { ...quiet, failed });
  await old.add("old 1");
  await database.put("conversations", row({ epoch: 2 }));
  const next = new Journal(database, row({ epoch: 2 }), old.pages, quiet);

  await Promise.all([old.add("old 2"), next.add("new 1")]);
  await old.add("old 3");
  await next.add("new 2");

  expect((await entriesOf(database)).entries).toEqual(["old 1", "new 1", "new 2"]);
  expect(failed).toHaveBeenCalledOnce();
  expect(old.fault?.kind).toBe("other_tab");
});

test("a conversation that another tab deleted is not brought back by halves", async () => {
  const database = await openFresh();
  const journal = await newJournal(database);
  await database.delete("conversations", "c1");

  await journal.add("late");

  expect(journal.fault?.kind).toBe("deleted");
  expect(await database.count("pages")).toBe(0);
});

test("a full disk is said once, and nobody waits for ever", async () => {
  const database = await openFresh();
  const failed = vi.fn();
  const journal = await newJournal(database, { ...quiet, failed });
  vi.spyOn(database, "transaction").mockImplementation(() => {
    throw new DOMException("Full.", "QuotaExceededError");
  });

  await Promise.all([journal.add(1), journal.add(2)]);
  await journal.add(3);

  expect(failed).toHaveBeenCalledOnce();
  expect(journal.fault?.kind).toBe("storage_full");
});

test("what cannot be cloned ends the journal with a sentence", async () => {
  const database = await openFresh();
  const journal = await newJournal(database);

  await journal.add(() => undefined);

  expect(journal.fault?.message).toMatch(/not kept from here on/);
});

test("a damaged page costs only itself", async () => {
  const database = await openFresh();
  const journal = await newJournal(database);
  for (const entry of ["a", "b", "c"]) await journal.add(entry);
  await database.put("pages", { conversation: "c1", number: 1, entries: null as never });

  const { entries, damaged, next } = await entriesOf(database);

  expect(entries).toEqual(["a", "c"]);
  expect([damaged, next]).toEqual([1, 3]);
});

test("a page that the browser cannot read costs only itself", async () => {
  const database = await openFresh();
  const journal = await newJournal(database);
  for (const entry of ["a", "b", "c"]) await journal.add(entry);
  vi.spyOn(database, "getAll").mockRejectedValue(new DOMException("Lost.", "UnknownError"));
  const get = database.get.bind(database);
  vi.spyOn(database, "get").mockImplementation(((store: "pages", key: [string, number]) =>
    key[1] === 1
      ? Promise.reject(new DOMException("Lost.", "UnknownError"))
      : get(store, key)) as never);

  const { entries, damaged } = await entriesOf(database);

  expect(entries).toEqual(["a", "c"]);
  expect(damaged).toBe(1);
});

test("a memory that cannot be read is not given back by halves", async () => {
  const database = await openFresh();
  await newJournal(database);
  vi.spyOn(database, "getAll").mockRejectedValue(new DOMException("Lost.", "UnknownError"));

  const { state, damaged } = await readState(database, row());

  expect(damaged).toBe(true);
  expect(state.isEmpty).toBe(true);
});
