// @vitest-environment node
/** Conversations as one file. */
import { strToU8, zipSync } from "fflate";
import { expect, test, vi } from "vitest";
import { SavedState } from "../../../web/src/api/saved_state";
import { exported, imported } from "../../../web/src/journal/archive";
import { readPages, readState } from "../../../web/src/journal/reading";
import { newJournal, openFresh, savePoint } from "../support/fake_storage";

const zipped = (files: Record<string, unknown>): Blob => {
  const entries = Object.entries(files).map(([name, data]) => [
    name,
    strToU8(JSON.stringify(data)),
  ]);
  return new Blob([zipSync(Object.fromEntries(entries))]);
};
const index = (...conversations: unknown[]) => ({
  format: "pyagent conversations",
  version: 1,
  conversations,
});

async function filled() {
  const database = await openFresh();
  const journal = await newJournal(database);
  const file = new File(["a,b\n1,2\n"], "données.csv", { type: "text/csv" });
  await journal.add({ kind: "task", given: { files: [file] } });
  await journal.add({
    kind: "event",
    text: '{"$blob": "no file"}',
    buffers: [new Blob(["pixels"])],
  });
  const state = new SavedState();
  const point = savePoint({ step: 2, parts: { "memory/0": ["x"] }, checkpoint: "new" });
  state.take(point, [new Uint8Array([1, 2, 3]).buffer]);
  await journal.save(point, state);
  return database;
}

test("what is exported can be imported: entries, files, memory and checkpoint", async () => {
  const from = await filled();
  const file = await exported(from, ["c1", "gone"]);
  const to = await openFresh();

  expect(await imported(to, file)).toBe(1);

  const [kept] = await to.getAll("conversations");
  expect(kept).toMatchObject({ title: "Add", run: { id: "r1", step: 2 } });
  expect(kept!.id).not.toBe("c1");
  const entries: any[] = [];
  await readPages(to, kept!.id, 0, (entry) => entries.push(entry));
  expect(entries[0].given.files[0]).toBeInstanceOf(File);
  expect(entries[0].given.files[0].name).toBe("données.csv");
  expect(await entries[0].given.files[0].text()).toBe("a,b\n1,2\n");
  expect(entries[1].text).toBe('{"$blob": "no file"}');
  expect(await entries[1].buffers[0].text()).toBe("pixels");
  const { state } = await readState(to, kept!);
  expect([...state.parts]).toEqual([["memory/0", ["x"]]]);
  expect(await state.checkpoint!.bytes()).toEqual(new Uint8Array([1, 2, 3]));
});

test("importing twice gives two conversations, and replaces none", async () => {
  const database = await filled();
  const file = await exported(database, ["c1"]);

  await imported(database, file);
  await imported(database, file);

  expect(await database.count("conversations")).toBe(3);
});

test.each([
  ["no ZIP", new Blob(["hello"])],
  ["an empty file", new Blob([])],
  ["a ZIP of something else", zipped({ "readme.txt": "hi" })],
  ["no JSON", new Blob([zipSync({ "pyagent.json": strToU8("{") })])],
  ["pages that are no list", zipped({ "pyagent.json": index({ id: "x" }), "x/pages/0.json": 1 })],
  ["another format", zipped({ "pyagent.json": { ...index(), format: "other" } })],
])("%s is refused in a sentence, and nothing is added", async (_, file) => {
  const database = await openFresh();

  await expect(imported(database, file)).rejects.toMatchObject({ kind: "not_an_archive" });

  expect(await database.count("conversations")).toBe(0);
});

test("a file of a later version says so", async () => {
  const file = zipped({ "pyagent.json": { ...index(), version: 2 } });

  await expect(imported(await openFresh(), file)).rejects.toMatchObject({
    kind: "archive_version",
  });
});

test("a cut file is refused", async () => {
  const whole = await exported(await filled(), ["c1"]);

  await expect(imported(await openFresh(), whole.slice(0, whole.size / 2))).rejects.toMatchObject({
    kind: "not_an_archive",
  });
});

test("a bomb is refused before it is unpacked whole", async () => {
  const bomb = zipSync({ "a/checkpoint": new Uint8Array(64 * 1024 * 1024) });
  const { UnzipInflate } = await import("fflate");
  const pushed = vi.spyOn(UnzipInflate.prototype, "push");

  await expect(imported(await openFresh(), new Blob([bomb]), 2 ** 20)).rejects.toMatchObject({
    kind: "archive_too_large",
  });
  expect(pushed.mock.calls.length).toBeGreaterThan(0);
});

test("what a hostile file says of itself is made harmless", async () => {
  const database = await openFresh();
  const hostile = {
    id: "../x",
    title: { toString: null },
    tasks: "many",
    epoch: 99,
    run: { id: 5 },
    lost: ["a"],
    __proto__: { polluted: true },
  };
  const file = zipped({ "pyagent.json": index(hostile, null) });

  const added = await imported(database, file).catch((error: unknown) => error);

  expect(added).toMatchObject({ kind: "not_an_archive" });
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});
