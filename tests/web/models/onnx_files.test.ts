/** Tests that the weights of an ONNX model come and are kept as those of a GGUF file are. */
// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { DownloadProgress } from "../../../web/src/models/download";
import { OnnxFiles } from "../../../web/src/models/onnx_files";
import { keptWeights, removeWeights } from "../../../web/src/models/weights";
import { FakeCaches } from "../support/fake_caches";
import { FakeFiles } from "../support/fake_files";
import { FlakyHost, type Bytes } from "../support/flaky_host";

const MODEL = "owner/tiny";
const FOLDER = `https://hub.test/${MODEL}/resolve/main/`;
const WEIGHTS = `${FOLDER}onnx/model_q4.onnx`;
const DATA = `${FOLDER}onnx/model_q4.onnx_data_1`;
const CONTENT: Bytes = new TextEncoder().encode(`\b${"weights ".repeat(40_000)}`);

let host: FlakyHost;
let files: FakeFiles;
let caches: FakeCaches;
let seen: DownloadProgress[];
let asked: string[];

beforeEach(() => {
  [host, files, caches] = [new FlakyHost(CONTENT), new FakeFiles(), new FakeCaches()];
  [seen, asked] = [[], []];
  vi.stubGlobal("caches", caches);
  vi.stubGlobal("fetch", async (url: URL | string, options?: RequestInit) => {
    asked.push(String(url));
    return host.fetch(url, options);
  });
  vi.stubGlobal("navigator", {
    locks: { request: (_: string, task: () => unknown) => task() },
    storage: { getDirectory: () => files.getDirectory() },
  });
});

afterEach(() => vi.unstubAllGlobals());

const opened = (): OnnxFiles => new OnnxFiles(MODEL, (progress) => seen.push(progress));
const others = async () => (await keptWeights([])).others;

/** A visit that ends after some bytes of the weights. */
async function stopAt(bytes: number): Promise<void> {
  host.cuts = [bytes];
  host.statuses = [null, 403];
  await expect(opened().fetch(WEIGHTS)).rejects.toMatchObject({ kind: "unreachable" });
  host.ranges.length = 0;
}

test("weights whose download stopped go on there, and are told of", async () => {
  await stopAt(100_000);
  expect(await others()).toMatchObject([
    { name: "tiny (model_q4.onnx)", bytes: 100_000, total: null, complete: false },
  ]);

  const response = await opened().fetch(WEIGHTS);

  expect(response.headers.get("content-length")).toBe(String(CONTENT.length));
  expect((await response.arrayBuffer()).byteLength).toBe(CONTENT.length);
  expect(host.ranges).toEqual(["bytes=100000-"]);
  const all = { loaded: CONTENT.length, total: CONTENT.length, checking: false, note: null };
  expect(seen.at(-1)).toEqual(all);
});

test("weights that are here are neither fetched nor kept twice", async () => {
  const response = await opened().fetch(WEIGHTS);
  await opened().cache.put(WEIGHTS, response);
  asked = [];

  const again = await opened().cache.match(WEIGHTS);

  expect((await again!.arrayBuffer()).byteLength).toBe(CONTENT.length);
  expect(asked).toEqual([]);
  expect(await (await caches.open("transformers-cache")).keys()).toEqual([]);
});

test("weights that an earlier version of the page kept are used where they are", async () => {
  await (await caches.open("transformers-cache")).put(WEIGHTS, new Response("earlier"));
  expect(await (await opened().cache.match(WEIGHTS))!.text()).toBe("earlier");
});

test("a browser without files keeps weights in its cache", async () => {
  vi.stubGlobal("navigator", {
    locks: { request: (_: string, task: () => unknown) => task() },
    storage: { getDirectory: () => Promise.reject(new DOMException("no", "SecurityError")) },
  });
  const model = opened();

  await model.cache.put(WEIGHTS, await model.fetch(WEIGHTS));

  const kept = await model.cache.match(WEIGHTS);
  expect((await kept!.arrayBuffer()).byteLength).toBe(CONTENT.length);
});

test("all files of a model are told of together", async () => {
  const model = opened();
  await model.fetch(WEIGHTS);
  await model.fetch(DATA);
  expect(seen.at(-1)).toMatchObject({ loaded: 2 * CONTENT.length, total: 2 * CONTENT.length });
  expect((await others()).map(({ name }) => name)).toContain("tiny (model_q4.onnx_data_1)");
});

test("removed weights are gone, with everything beside them", async () => {
  await opened().fetch(WEIGHTS);
  const [kept] = await others();
  expect(kept).toMatchObject({ complete: true });

  await removeWeights(kept!);

  expect(files.files.size).toBe(0);
  expect(await opened().cache.match(WEIGHTS)).toBeUndefined();
});

test("small files and questions about sizes go to the host as they are", async () => {
  const model = opened();
  await model.fetch(`${FOLDER}config.json`);
  await model.fetch(WEIGHTS, { headers: { range: "bytes=0-0" } });
  await model.cache.put(`${FOLDER}config.json`, new Response("{}"));

  expect(files.files.size).toBe(0);
  expect(await (await model.cache.match(`${FOLDER}config.json`))!.text()).toBe("{}");
});

test("weights that the host does not have are said to be missing, so that others are tried", async () => {
  host.statuses = [404];
  expect((await opened().fetch(WEIGHTS)).status).toBe(404);
});

test.each([
  ["a page of a hotspot", "<!doctype html><title>Log in</title>"],
  ["a pointer of Git LFS", "version https://git-lfs.github.com/spec/v1"],
])("%s in place of weights is refused in a sentence", async (_, text) => {
  await stopAt(100_000);
  host.content = new TextEncoder().encode(text);
  host.takesRanges = false;

  const refused = opened().fetch(WEIGHTS);

  await expect(refused).rejects.toThrow(`${WEIGHTS} is not a file in ONNX format.`);
  expect((await others())[0]).toMatchObject({ bytes: 100_000 });
});

test("a full disk is said in a sentence", async () => {
  files.room = 50_000;
  await expect(opened().fetch(WEIGHTS)).rejects.toMatchObject({ kind: "no_storage" });
});
