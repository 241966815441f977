import { expect, test } from "vitest";

import { MAX_TOTAL_BYTES, readFiles, readGroups } from "../../../web/src/agent/run_files";
import { MAX_FILE_BYTES } from "../../../web/src/protocol";

const file = (name: string, text = "x"): File =>
  ({
    name,
    size: text.length,
    type: "",
    arrayBuffer: async () => new TextEncoder().encode(text).buffer,
  }) as unknown as File;

const sized = (name: string, size: number): File => ({ ...file(name), name, size }) as File;

test("files are read with name, size and type", async () => {
  const { infos, buffers } = await readFiles([file("a.csv", "1,2")]);
  expect(infos).toEqual([{ path: "a.csv", size_bytes: 3, media_type: "application/octet-stream" }]);
  expect(new TextDecoder().decode(buffers[0])).toBe("1,2");
});

test("two files with the same name are both kept", async () => {
  const { infos } = await readFiles([file("a.csv"), file("a.csv"), file("a (2).csv"), file("a")]);
  expect(infos.map((info) => info.path)).toEqual(["a.csv", "a (2).csv", "a (2) (2).csv", "a"]);
});

test.each([
  ["../up", ".._up"],
  ["C:\\x", "C__x"],
  ["..", "_"],
  ["", "file"],
])("the name %j becomes one in the work folder", async (name, path) => {
  expect((await readFiles([file(name)])).infos[0]!.path).toBe(path);
});

test.each([
  ["y".repeat(256) + ".csv", 180, ".csv"],
  ["ü".repeat(200) + ".csv", 180, ".csv"],
  ["🙂".repeat(100), 180, ""],
  ["a." + "b".repeat(400), 180, ""],
  ["y".repeat(1_000_000), 180, ""],
])(
  "a long name is shortened to what file systems take and keeps its ending",
  async (name, bytes, ending) => {
    const { infos } = await readFiles([file(name), file(name)]);

    const [one, other] = infos.map(({ path }) => path);
    expect(new TextEncoder().encode(one).byteLength).toBeLessThanOrEqual(bytes);
    expect(new TextEncoder().encode(other).byteLength).toBeLessThanOrEqual(bytes + 4);
    expect(one!.isWellFormed()).toBe(true);
    expect(name.startsWith(one!.slice(0, 20))).toBe(true);
    expect(one!.endsWith(ending)).toBe(true);
    expect(other).not.toBe(one);
  },
);

test("the error for a large file names the file and the limit", async () => {
  await expect(readFiles([sized("big.bin", MAX_FILE_BYTES + 1)])).rejects.toThrow(
    "big.bin is too large: 135 MB, and 135 MB are possible.",
  );
});

test("files that are too large together are refused", async () => {
  const count = Math.ceil(MAX_TOTAL_BYTES / MAX_FILE_BYTES) + 1;
  const files = Array.from({ length: count }, (_, index) => sized(`${index}`, MAX_FILE_BYTES));
  await expect(readFiles(files)).rejects.toThrow("too large together");
});

test("the error for an unreadable file names the file and the reason", async () => {
  const gone = {
    ...file("gone.csv"),
    arrayBuffer: () => Promise.reject(new Error("It was moved.")),
  } as unknown as File;
  await expect(readFiles([gone])).rejects.toMatchObject({
    kind: "file",
    message: "gone.csv cannot be read: It was moved.",
  });
});

test("files of several tasks have unique names within a task, and count together", async () => {
  const groups = await readGroups([[file("a.csv")], [], [file("a.csv"), file("a.csv")]]);
  expect(groups.map(({ infos }) => infos.map(({ path }) => path))).toEqual([
    ["a.csv"],
    [],
    ["a.csv", "a (2).csv"],
  ]);
  const count = Math.ceil(MAX_TOTAL_BYTES / MAX_FILE_BYTES) + 1;
  const large = Array.from({ length: count }, () => [sized("a", MAX_FILE_BYTES)]);
  await expect(readGroups(large)).rejects.toThrow("too large together");
});

test("a name that the page's file system cannot have is replaced", async () => {
  const { infos } = await readFiles([file("__proto__"), file(".."), file("constructor")]);
  expect(infos.map(({ path }) => path)).toEqual(["_", "_ (2)", "constructor"]);
});
