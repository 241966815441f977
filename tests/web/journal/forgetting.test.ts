// @vitest-environment node
/** What is ours is forgotten; what the page around an element keeps stays. */
import "fake-indexeddb/auto";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test, vi } from "vitest";
import { forgetEverything, isOurs, OURS } from "../../../web/src/journal/forgetting";

const SITE = "https://site.test/agent/";

class FakeStorage extends Map<string, string> {
  get length(): number {
    return this.size;
  }
  key(at: number): string | null {
    return [...this.keys()][at] ?? null;
  }
  removeItem(key: string): void {
    this.delete(key);
  }
}

const worker = (scope: string, scriptURL: string, gone: string[]) => ({
  scope,
  active: { scriptURL },
  waiting: null,
  installing: null,
  unregister: async () => void gone.push(scriptURL),
});

const source = fileURLToPath(new URL("../../../web/src/", import.meta.url));

function fill(name: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const opening = indexedDB.open(name);
  opening.onupgradeneeded = () => opening.result.createObjectStore("s").put(1, "k");
  opening.onsuccess = () => (opening.result.close(), resolve());
  return promise;
}

/** A browser in which a host site and pyagent keep things. */
async function keeping() {
  const given = (names: readonly string[], ...others: string[]): [string, string][] =>
    [...names.map((name) => (name.endsWith(" ") ? `${name}${SITE}` : name)), ...others].map(
      (name) => [name, "x"],
    );
  const local = new FakeStorage(given(OURS.keys, "cart", "pyagentish"));
  const session = new FakeStorage(given(OURS.keys, "token"));
  const stores = new Map(given(OURS.caches, "host-v1", `host ${SITE}`));
  const folders = new Map(given(OURS.folders, "host-photos"));
  const gone: string[] = [];
  const registrations = [
    worker(SITE, `${SITE}service-worker.js`, gone),
    worker("https://site.test/", "https://site.test/service-worker.js", gone),
    worker("https://site.test/shop/", "https://site.test/shop/sw.js", gone),
  ];
  vi.stubGlobal("localStorage", local);
  vi.stubGlobal("sessionStorage", session);
  vi.stubGlobal("caches", {
    keys: async () => [...stores.keys()],
    open: async (name: string) => stores.set(name, "x"),
    delete: async (name: string) => stores.delete(name),
  });
  vi.stubGlobal("navigator", {
    serviceWorker: { getRegistrations: async () => registrations },
    storage: {
      getDirectory: async () => ({
        keys: async function* () {
          yield* folders.keys();
        },
        removeEntry: async (name: string) => void folders.delete(name),
        getDirectoryHandle: async (name: string) => folders.set(name, "x"),
      }),
    },
  });
  for (const name of [...OURS.databases, "keyval-store", "host"]) await fill(name);
  return { local, session, stores, folders, gone };
}

afterEach(() => vi.unstubAllGlobals());

test("everything of ours is forgotten, and nothing of the site around it", async () => {
  const { local, session, stores, folders, gone } = await keeping();

  expect(await forgetEverything()).toEqual([]);

  expect([...local.keys()]).toEqual(["cart", "pyagentish"]);
  expect([...session.keys()]).toEqual(["token"]);
  expect([...stores.keys()]).toEqual(["host-v1", `host ${SITE}`]);
  expect([...folders.keys()]).toEqual(["host-photos"]);
  expect(gone).toEqual([`${SITE}service-worker.js`]);
  await vi.waitFor(async () => {
    const databases = (await indexedDB.databases()).map(({ name }) => name);
    expect(databases.sort()).toEqual(["host", "keyval-store"]);
  });
});

test("nothing makes a store anew after everything was forgotten", async () => {
  const { stores, folders } = await keeping();
  vi.resetModules();
  const { openCache, openFolder } = await import("../../../web/src/runtime/stores");
  const { forgetEverything } = await import("../../../web/src/journal/forgetting");
  expect(await openCache("pyagent-packages")).not.toBeNull();
  expect(await openFolder("pyagent-models")).not.toBeNull();

  await forgetEverything();

  expect(await openCache("pyagent-packages")).toBeNull();
  expect(await openFolder("pyagent-models")).toBeNull();
  expect([...stores.keys()]).toEqual(["host-v1", `host ${SITE}`]);
  expect([...folders.keys()]).toEqual(["host-photos"]);
});

test("in the page only one file opens caches and folders", async () => {
  const files = (await readdir(source, { recursive: true })).filter((one) => one.endsWith(".ts"));
  const opening: string[] = [];
  for (const file of files) {
    const text = await readFile(source + file, "utf8");
    if (/\bcaches\s*\??\.open\(|\bgetDirectoryHandle\(/.test(text)) opening.push(file);
  }
  const inPage = opening.filter((file) => !file.startsWith("offline/")); // the service worker's
  expect(inPage).toEqual(["runtime/stores.ts"]);
});

/** What opens a store, and the kind of its name. */
const opens: [RegExp, keyof typeof OURS][] = [
  [/(?<!function )(?:\bcaches\s*\??\.open|\bopenCache)\(\s*([^)]+)\)/g, "caches"],
  [/\bopenDB(?:<\w+>)?\(\s*([^,]+),/g, "databases"],
  [/\bcreateStore\(\s*([^,]+),/g, "databases"],
  [/(?<!function )\bopenFolder\(\s*([^)]+)/g, "folders"],
  [/\b(?:local|session)Storage\.setItem\(\s*([^,]+),/g, "keys"],
];
/** Examples of the names that the code makes up. */
const madeUp: Record<string, string> = {
  "journal/database.ts name": "pyagent-journal",
  "element/frame/draft.ts this.key": "pyagent.draft /agent/ one",
  "offline/offline.ts key": "pyagent-tried-isolation",
  "offline/keeper.ts this.cacheOf(this.build.id": `pyagent-build abc ${SITE}`,
  "offline/keeper.ts this.cacheOf(build": `pyagent-build abc ${SITE}`,
  "offline/shared.ts nameOf(scope": `pyagent-shared ${SITE}`,
  "offline/tabs.ts this.name": `pyagent-tabs ${SITE}`,
};

async function storesIn(folder: string) {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((one) => one.endsWith(".ts") && one !== "runtime/stores.ts");
  const texts = new Map<string, string>();
  for (const file of files) texts.set(file, await readFile(folder + file, "utf8"));
  const constant = (name: string, text: string): string | undefined =>
    /^\w+$/.test(name) ? new RegExp(`const ${name} = "([^"]+)"`).exec(text)?.[1] : undefined;
  return [...texts].flatMap(([file, text]) =>
    opens.flatMap(([pattern, kind]) =>
      [...text.matchAll(pattern)].map(([, given]) => {
        const expression = given!.trim();
        const literal = /^"([^"]+)"$/.exec(expression)?.[1];
        const imported = new RegExp(
          `\\b${expression.replace(/\W/g, "\\$&")}\\b[^;]*from "[./\\w]*/(\\w+)"`,
        );
        const from = imported.exec(text)?.[1];
        const known = literal ?? constant(expression, text);
        const elsewhere = [...texts].find(([one]) => from && one.endsWith(`/${from}.ts`))?.[1];
        const name =
          known ?? constant(expression, elsewhere ?? "") ?? madeUp[`${file} ${expression}`];
        return { file, expression, kind, name };
      }),
    ),
  );
}

test("everything that the code keeps has a name that is forgotten", async () => {
  const stores = await storesIn(source);

  expect(stores.length).toBeGreaterThan(15);
  const unknown = stores.filter(({ kind, name }) => name === undefined || !isOurs(kind, name));
  expect(unknown).toEqual([]);
  for (const kind of ["databases", "caches", "folders", "keys"] as const) {
    const used = stores.filter((store) => store.kind === kind).map(({ name }) => name!);
    const unused = OURS[kind].filter((one) => !used.some((name) => name.startsWith(one)));
    expect(unused).toEqual([]);
  }
});
