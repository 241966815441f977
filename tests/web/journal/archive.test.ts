// @vitest-environment node
/** Conversations as one file. */
import { Inflate, strToU8, zipSync } from "fflate";
import { expect, onTestFinished, test, vi } from "vitest";
import { SavedState } from "../../../web/src/api/saved_state";
import { exported, imported } from "../../../web/src/journal/archive";
import { bytesOf } from "../../../web/src/journal/database";
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

test("an imported conversation has the size of what came, and not the one that its file claims", async () => {
  const parts = { "memory/1": "x".repeat(1000) };
  const row = { id: "x", bytes: 9e15, partsBytes: 9e15, checkpointBytes: 9e15 };
  const blob = { $blob: "x/files/0" };
  const file = zipped({
    "pyagent.json": index(row),
    "x/pages/0.json": [blob, "y".repeat(500)],
    "x/files/0": "z".repeat(98),
    "x/parts.json": parts,
  });
  const database = await openFresh();

  await imported(database, file);

  const [kept] = await database.getAll("conversations");
  const pages = JSON.stringify([blob, "y".repeat(500)]).length;
  expect(bytesOf(kept!)).toBe(pages + 100 + "memory/1".length + 1002);
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
  const bomb = zipSync({ "a/checkpoint": new Uint8Array(16 * 1024 * 1024) });
  const pushed = vi.spyOn(Inflate.prototype, "push");

  await expect(imported(await openFresh(), new Blob([bomb]), 2 ** 20)).rejects.toMatchObject({
    kind: "archive_too_large",
  });
  expect(pushed).not.toHaveBeenCalled();

  // It says that it is small.
  view(bomb).setUint32(find(bomb, [0x50, 0x4b, 1, 2]) + 24, 100, true);
  await expect(imported(await openFresh(), new Blob([bomb]), 2 ** 20)).rejects.toMatchObject({
    kind: "not_an_archive",
  });
  expect(pushed).toHaveBeenCalledTimes(1);
  pushed.mockRestore();
});

const view = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);
const find = (bytes: Uint8Array, signature: number[], from = 0): number => {
  const at = bytes.findIndex(
    (_, at) => at >= from && signature.every((s, i) => bytes[at + i] === s),
  );
  return at;
};
const signatures = [
  [0x50, 0x4b, 3, 4],
  [0x50, 0x4b, 7, 8],
  [0x50, 0x4b, 1, 2],
  [0x50, 0x4b, 5, 6],
];

/** Bytes that begin as a ZIP's parts do, again and again. */
function misleading(seed: number): Uint8Array<ArrayBuffer> {
  let state = seed;
  const next = (): number => (state = (state * 1103515245 + 12345) % 2 ** 31) >> 8;
  const bytes = Array.from({ length: 4000 }, () => next() % 256);
  for (let at = 0; at < 3900; at += 20 + (next() % 80)) {
    bytes.splice(at, 4, ...signatures[next() % 4]!);
  }
  return new Uint8Array(bytes);
}

const sheet: Uint8Array<ArrayBuffer> = zipSync({
  "xl/workbook.xml": strToU8("<workbook/>"),
  "a.xml": strToU8("<a/>"),
});

test.each<readonly [string, Uint8Array<ArrayBuffer>]>([
  ["a spreadsheet", sheet],
  ["a ZIP in a ZIP", zipSync({ "sheet.xlsx": [sheet, { level: 0 }] })],
  ["an empty file", new Uint8Array(0)],
  ["the end of a ZIP", sheet.slice(-22)],
  ...[1, 2, 3, 4, 5].map((seed) => [`misleading bytes ${seed}`, misleading(seed)] as const),
])("%s in a conversation comes back byte by byte", async (_, bytes) => {
  const from = await openFresh();
  const journal = await newJournal(from);
  const files = [new File([bytes], "a.xlsx"), new File([bytes, bytes], "b.bin")];
  await journal.add({ kind: "task", given: { files } });

  const to = await openFresh();
  await imported(to, await exported(from, ["c1"]));

  const [row] = await to.getAll("conversations");
  const entries: any[] = [];
  await readPages(to, row!.id, 0, (entry) => entries.push(entry));
  const [one, two] = entries[0].given.files as File[];
  expect(await one!.bytes()).toEqual(bytes);
  expect(await two!.bytes()).toEqual(new Uint8Array([...bytes, ...bytes]));
});

test.each<[string, (zip: Uint8Array, entry: number, end: number) => void, RegExp]>([
  ["an encrypted file", (zip, entry) => view(zip).setUint16(entry + 8, 1, true), /encrypted/],
  ["another compression", (zip, entry) => view(zip).setUint16(entry + 10, 93, true), /another way/],
  ["sizes of ZIP64", (zip, entry) => view(zip).setUint32(entry + 24, 0xffffffff, true), /ZIP64/],
  ["a wrong checksum", (zip, entry) => void (zip[entry + 16]! ^= 1), /damaged/],
  ["a part that is changed", (zip) => void (zip[45]! ^= 1), /damaged/],
  [
    "an entry beyond the end",
    (zip, entry) => view(zip).setUint32(entry + 42, 2 ** 31, true),
    /damaged/,
  ],
  ["a wrong count", (zip, _, end) => view(zip).setUint16(end + 10, 7, true), /damaged/],
  ["a directory elsewhere", (zip, _, end) => view(zip).setUint32(end + 16, 3, true), /damaged/],
  [
    "files that overlap",
    (zip, entry) => {
      const second = find(zip, [0x50, 0x4b, 1, 2], entry + 1);
      view(zip).setUint32(second + 42, view(zip).getUint32(entry + 42, true), true);
    },
    /damaged/,
  ],
])("a ZIP with %s is refused in a sentence", async (_, change, message) => {
  const zip = zipSync({
    "pyagent.json": strToU8(JSON.stringify(index())),
    "a/b": strToU8("hello"),
  });
  expect(await imported(await openFresh(), new Blob([zip]))).toBe(0);
  change(zip, find(zip, [0x50, 0x4b, 1, 2]), find(zip, [0x50, 0x4b, 5, 6]));

  await expect(imported(await openFresh(), new Blob([zip]))).rejects.toMatchObject({
    kind: "not_an_archive",
    message: expect.stringMatching(message) as string,
  });
});

test("a comment after the ZIP does no harm", async () => {
  const zip = zipSync({ "pyagent.json": strToU8(JSON.stringify(index())) });
  const comment = strToU8("a comment");
  view(zip).setUint16(zip.length - 2, comment.length, true);

  expect(await imported(await openFresh(), new Blob([zip, comment]))).toBe(0);
});

test("an id that is there twice is refused", async () => {
  const rows = Array.from({ length: 200 }, () => ({ id: "x" }));
  const file = zipped({ "pyagent.json": index(...rows), "x/pages/0.json": [1, 2] });
  const database = await openFresh();

  await expect(imported(database, file)).rejects.toMatchObject({ kind: "not_an_archive" });

  expect(await database.count("pages")).toBe(0);
});

const many = (count: number) => Array.from({ length: count }, (_, id) => ({ id: `c${id}` }));

test.each([
  ["conversations", { "pyagent.json": index(...many(10_001)) }],
  ["entries", { "pyagent.json": index({ id: "x" }), "x/pages/0.json": Array(1_000_001).fill(0) }],
  [
    "entries in several conversations",
    {
      "pyagent.json": index(...many(3)),
      ...Object.fromEntries(
        many(3).map(({ id }) => [`${id}/pages/0.json`, Array(400_000).fill(0)]),
      ),
    },
  ],
  [
    "parts",
    {
      "pyagent.json": index({ id: "x" }),
      "x/parts.json": Array(1_000_001).fill(0),
    },
  ],
  [
    "copies of one file",
    {
      "pyagent.json": index({ id: "x" }),
      "x/pages/0.json": Array(3000).fill({ $blob: "x/blobs/0" }),
      "x/blobs/0": "a".repeat(1_000_000),
    },
  ],
])("too many %s are refused", async (_, files) => {
  const database = await openFresh();

  await expect(imported(database, zipped(files))).rejects.toMatchObject({
    kind: "archive_too_large",
  });

  expect(await database.count("conversations")).toBe(0);
});

test("pages that are nested too deep are refused", async () => {
  const pages = "[".repeat(50_000) + "]".repeat(50_000);
  const zip = zipSync({
    "pyagent.json": strToU8(JSON.stringify(index({ id: "x" }))),
    "x/pages/0.json": strToU8(pages),
  });

  await expect(imported(await openFresh(), new Blob([zip]))).rejects.toMatchObject({
    kind: "not_an_archive",
  });
});

test.each(["a write that fails", "a write that throws"])(
  "%s adds nothing, and no promise is left that rejects unheard",
  async (how) => {
    const unheard: unknown[] = [];
    const listen = (reason: unknown) => void unheard.push(reason);
    process.on("unhandledRejection", listen);
    onTestFinished(() => void process.off("unhandledRejection", listen));
    const database = await openFresh();
    const file = zipped({
      "pyagent.json": index({ id: "x" }, { id: "y" }),
      "x/pages/0.json": [1],
      "y/pages/0.json": [1],
      "y/parts.json": { a: 1 },
    });
    const put = IDBObjectStore.prototype.put;
    const spy = vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (
      this: IDBObjectStore,
      value: unknown,
    ) {
      if (this.name !== "parts") return put.call(this, value);
      if (how === "a write that throws") throw new DOMException("It cannot be cloned.");
      const request = put.call(this, value);
      this.transaction.abort();
      return request;
    });
    onTestFinished(() => spy.mockRestore());

    await expect(imported(database, file)).rejects.toMatchObject({ kind: "not_kept" });

    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(unheard).toEqual([]);
    expect(await database.count("conversations")).toBe(0);
  },
);

test("what could not be imported again is not exported", async () => {
  const from = await filled();

  await expect(exported(from, ["c1"], 8)).rejects.toMatchObject({ kind: "export_too_large" });
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
