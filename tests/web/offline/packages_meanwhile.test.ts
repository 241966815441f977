/** Tests what happens to the kept packages while others are downloaded, and after something failed. */
// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KeptPackages } from "../../../web/src/offline/packages";
import { PackageStore, readLock } from "../../../web/src/runtime/packages";
import { FakeCaches } from "../support/fake_caches";
import { FlakyHost, sha256Of, type Bytes } from "../support/flaky_host";

const FOLDER = new URL("http://pyagent.test/packages/");
const NEEDS: Record<string, string[]> = {
  ...{ six: [], numpy: [], pandas: ["numpy", "six"], tiktoken: [] },
};

let hosts: Map<string, FlakyHost>;
let lock: string;
let caches: FakeCaches;
/** The names of the locks that were asked for. */
let locks: string[];

async function packed(text: string): Promise<Bytes> {
  const noise = crypto.getRandomValues(new Uint8Array(30_000));
  const stream = new Blob([text, noise]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Locks as a browser has them: whoever comes second waits. */
function makeLocks() {
  const last = new Map<string, Promise<unknown>>();
  return {
    request: (name: string, _: object, act: () => Promise<unknown>) => {
      locks.push(name);
      const done = (last.get(name) ?? Promise.resolve()).then(act);
      last.set(
        name,
        done.catch(() => undefined),
      );
      return done;
    },
  };
}

beforeEach(async () => {
  [hosts, locks] = [new Map(), []];
  caches = new FakeCaches();
  const packages: Record<string, object> = {};
  for (const [name, depends] of Object.entries(NEEDS)) {
    const content = await packed(name);
    hosts.set(name, new FlakyHost(content));
    const sha256 = await sha256Of(content);
    packages[name] = { file: `${name}.gz`, bytes: content.length, sha256, version: "1", depends };
  }
  lock = JSON.stringify({ packages, coming: [], missing: {} });
  vi.stubGlobal("caches", caches);
  const storage = { estimate: async () => ({ quota: 1e9, usage: 0 }) };
  vi.stubGlobal("navigator", { onLine: true, storage, locks: makeLocks() });
  vi.stubGlobal("fetch", async (url: URL, options?: RequestInit) => {
    const name = url.pathname.split("/").at(-1)!;
    if (name === "lock.json") return lock ? new Response(lock) : new Response("", { status: 404 });
    return hosts.get(name.replace(".gz", ""))!.fetch(url, options);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

async function opened(): Promise<KeptPackages> {
  const packages = new KeptPackages(FOLDER);
  await packages.look();
  return packages;
}

const kept = (packages: KeptPackages): string[] =>
  packages.offered.filter((one) => one.kept).map(({ name }) => name);
const one = (packages: KeptPackages, name: string) =>
  packages.offered.find((other) => other.name === name)!;

/** Does something when this package is asked for, before its host answers. */
function during(name: string, act: () => Promise<void>): void {
  const host = hosts.get(name)!;
  const { fetch } = host;
  vi.spyOn(host, "fetch").mockImplementationOnce(async (...args) => {
    await act();
    await new Promise((resolve) => setTimeout(resolve)); // what the act has left to do is done
    return fetch(...args);
  });
}

test.each([
  ["the same list", () => undefined],
  ["an empty list", () => (lock = "")],
  ["the list of another build", () => (lock = '{"packages":{},"coming":[],"missing":{}}')],
])("a look that finds %s leaves a running download alone", async (_, meanwhile) => {
  const packages = await opened();
  const looked = vi.fn();
  during("six", async () => {
    meanwhile();
    await packages.look().then(looked);
  });

  await packages.keep(["pandas", "tiktoken"]);

  expect(looked).toHaveBeenCalled();
  expect(packages.state.problem).toBeNull();
  expect(kept(packages).toSorted()).toEqual(["numpy", "pandas", "tiktoken"]);
});

test("a look after a download takes the new list", async () => {
  const packages = await opened();
  await packages.keep(["tiktoken"]);
  lock = "";

  await packages.look();

  expect(packages.state).toMatchObject({ there: false, bytes: 0, groups: [] });
});

test("what is wanted just after a stop comes in another download", async () => {
  const packages = await opened();
  hosts.get("pandas")!.silentAfter = 10_000;
  const keeping = packages.keep(["pandas"]);
  await hosts.get("pandas")!.silence.promise;
  packages.stop();
  const again = packages.keep(["tiktoken"]);
  await Promise.all([keeping, again]);

  expect(kept(packages)).toEqual(["tiktoken"]);
  expect(packages.state).toMatchObject({ progress: null, problem: null });
  expect(one(packages, "pandas").coming).toBe(false);
  expect(await new PackageStore(FOLDER).wanted()).toEqual(["tiktoken"]);
});

test("a store that fails at the end does not block the next download", async () => {
  const packages = await opened();
  const { kept: look } = PackageStore.prototype;
  let fails = false;
  vi.spyOn(PackageStore.prototype, "kept").mockImplementation(function (this: PackageStore, files) {
    return fails ? Promise.reject(new Error("no store")) : look.call(this, files);
  } as typeof look);
  hosts.get("tiktoken")!.silentAfter = 10_000;
  const keeping = packages.keep(["tiktoken"]);
  await hosts.get("tiktoken")!.silence.promise;
  fails = true;
  packages.stop();
  await keeping.catch(() => undefined);
  expect(one(packages, "tiktoken").coming).toBe(false);

  fails = false;
  hosts.get("tiktoken")!.silentAfter = Infinity;
  await packages.keep(["tiktoken"]);

  expect(kept(packages)).toEqual(["tiktoken"]);
});

test("removing all leaves what a coming package needs", async () => {
  const packages = await opened();
  await packages.keep(["numpy", "tiktoken"]);
  hosts.get("six")!.silentAfter = 10_000;
  const keeping = packages.keep(["pandas"]);
  await hosts.get("six")!.silence.promise; // pandas itself is here by now

  await packages.remove(kept(packages));
  const here = await new PackageStore(FOLDER).kept(Object.values(readLock(lock).packages));

  expect([...here].map(({ file }) => file).toSorted()).toEqual(["numpy.gz", "pandas.gz"]);
  packages.stop();
  await keeping;
});

test.each(["{", "null", '{"pandas":1}', '["pandas",1]'])(
  "wishes that read %s count as none",
  async (text) => {
    const store = await caches.open("pyagent-packages");
    await store.put(new URL("wanted.json", FOLDER), new Response(text));
    const packages = await opened();

    await packages.renew();
    expect(kept(packages)).toEqual([]);
    await packages.keep(["tiktoken"]);

    expect(kept(packages)).toEqual(["tiktoken"]);
    expect(await new PackageStore(FOLDER).wanted()).toEqual(["tiktoken"]);
  },
);

test("wishes that cannot be read do not stop a download", async () => {
  const packages = await opened();
  vi.spyOn(PackageStore.prototype, "wanted").mockRejectedValue(new Error("no store"));

  await packages.keep(["tiktoken"]);

  expect(kept(packages)).toEqual(["tiktoken"]);
});

test("two tabs do not lose each other's wishes", async () => {
  const tabs = [await opened(), await opened()] as const;

  await Promise.all([tabs[0].keep(["tiktoken"]), tabs[1].keep(["numpy"])]);

  const wanted = await new PackageStore(FOLDER).wanted();
  expect(wanted.toSorted()).toEqual(["numpy", "tiktoken"]);
  expect(locks.filter((name) => name.startsWith("pyagent-wanted-"))).toHaveLength(2);
});
