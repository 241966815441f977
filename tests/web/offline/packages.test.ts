/** Tests which of the site's packages a person keeps, stops, and removes. */
// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KeptPackages } from "../../../web/src/offline/packages";
import { FakeCaches } from "../support/fake_caches";
import { FlakyHost, sha256Of, type Bytes } from "../support/flaky_host";

const FOLDER = new URL("http://pyagent.test/sub/packages/");
const NEEDS: Record<string, string[]> = {
  ...{ six: [], numpy: [], pandas: ["numpy", "six"], pillow: [], tiktoken: [] },
  matplotlib: ["numpy", "pillow"],
};

let hosts: Record<string, FlakyHost>;
let lock: { packages: Record<string, unknown>; coming: string[]; missing: object } | null;
let fetched: string[];
let caches: FakeCaches;
let quota: number;

async function packed(text: string): Promise<Bytes> {
  const noise = crypto.getRandomValues(new Uint8Array(30_000));
  const stream = new Blob([text, noise]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function publish(name: string): Promise<void> {
  const content = await packed(name);
  hosts[`/sub/packages/${name}.gz`] = new FlakyHost(content);
  const entry = { file: `${name}.gz`, bytes: content.length, sha256: await sha256Of(content) };
  lock!.packages[name] = { ...entry, version: "1", depends: NEEDS[name] };
}

beforeEach(async () => {
  [hosts, fetched, quota] = [{}, [], 1e9];
  caches = new FakeCaches();
  lock = { packages: {}, coming: [], missing: {} };
  await Promise.all(Object.keys(NEEDS).map(publish));
  vi.stubGlobal("caches", caches);
  vi.stubGlobal("navigator", {
    onLine: true,
    storage: { estimate: async () => ({ quota, usage: 0 }) },
  });
  vi.stubGlobal("fetch", async (url: URL, options?: RequestInit) => {
    if (url.pathname.endsWith("lock.json")) {
      return lock
        ? new Response(JSON.stringify(lock), { headers: { "content-type": "application/json" } })
        : new Response("", { status: 404 });
    }
    fetched.push(url.pathname.split("/").at(-1)!);
    return hosts[url.pathname]!.fetch(url, options);
  });
});

afterEach(() => vi.unstubAllGlobals());

async function opened(): Promise<KeptPackages> {
  const packages = new KeptPackages(FOLDER);
  await packages.look();
  return packages;
}

const kept = (packages: KeptPackages): string[] =>
  packages.offered.filter((one) => one.kept).map(({ name }) => name);
const one = (packages: KeptPackages, name: string) =>
  packages.offered.find((other) => other.name === name)!;
const host = (name: string): FlakyHost => hosts[`/sub/packages/${name}.gz`]!;
const size = (...names: string[]): number =>
  names.reduce((sum, name) => sum + host(name).content.length, 0);

test("packages stand in groups, without those that only others need", async () => {
  const packages = await opened();

  const groups = packages.state.groups.map(({ title, packages: all }) => [
    title,
    ...all.map(({ name }) => name),
  ]);
  expect(groups).toEqual([
    ["Numbers and tables", "pandas", "numpy"],
    ["Plots and pictures", "matplotlib", "pillow"],
    ["Others", "tiktoken"],
  ]);
  expect(one(packages, "pandas")).toMatchObject({
    kept: false,
    needs: expect.arrayContaining(["numpy", "six"]),
    bytes: size("pandas", "numpy", "six"),
  });
});

test("a package is kept with what it needs, and nothing is fetched twice", async () => {
  const packages = await opened();

  await packages.keep(["pandas"]);
  await packages.keep(["matplotlib"]);

  expect(fetched.toSorted()).toEqual(
    ["matplotlib.gz", "numpy.gz", "pandas.gz", "pillow.gz", "six.gz"].toSorted(),
  );
  expect(kept(packages)).toEqual(["pandas", "numpy", "matplotlib", "pillow"]);
  expect(kept(await opened())).toEqual(kept(packages));
  expect(packages.state.bytes).toBe(size("tiktoken"));
});

test("a wish that comes during a download joins it", async () => {
  const packages = await opened();

  const first = packages.keep(["pandas"]);
  await packages.keep(["tiktoken"]);
  await first;

  expect(kept(packages)).toEqual(["pandas", "numpy", "tiktoken"]);
});

test("what is needed by a kept package stays when another is removed", async () => {
  const packages = await opened();
  await packages.keep(["pandas", "matplotlib"]);
  expect(one(packages, "numpy").neededBy).toEqual(["pandas", "matplotlib"]);

  await packages.remove(["pandas"]);

  expect(kept(packages)).toEqual(["numpy", "matplotlib", "pillow"]);
  await packages.remove(kept(packages));
  expect(kept(packages)).toEqual([]);
});

test("a download that is stopped goes on from where it was", async () => {
  const packages = await opened();
  host("tiktoken").silentAfter = 20_000;
  const keeping = packages.keep(["tiktoken"]);
  await host("tiktoken").silence.promise;
  packages.stop();
  await keeping;
  expect(packages.state).toMatchObject({ progress: null, problem: null });
  expect(kept(packages)).toEqual([]);

  host("tiktoken").silentAfter = Infinity;
  const again = await opened();
  await again.keep(["tiktoken"]);

  expect(kept(again)).toEqual(["tiktoken"]);
  expect(host("tiktoken").ranges).toEqual([null, "bytes=20000-"]);
});

test("a cut that lasts is said, and the next try goes on", async () => {
  const packages = await opened();
  host("tiktoken").cuts = [10_000, 0];
  Object.assign(navigator, { onLine: false });

  await packages.keep(["numpy", "tiktoken"]);

  expect(packages.state.problem).toMatchObject({
    kind: "unreachable",
    advice: expect.stringContaining("continues where this one stopped"),
  });
  expect(kept(packages)).toEqual(["numpy"]);
  await packages.keep(["tiktoken"]);
  expect(packages.state.problem).toBeNull();
  expect(host("tiktoken").ranges.at(-1)).toBe("bytes=10000-");
});

test("wrong bytes are refused, and what was kept still is", async () => {
  const packages = await opened();
  await packages.keep(["numpy"]);
  host("pandas").content = (await packed("another")).subarray(0, size("pandas"));
  host("pandas").tellsLength = false;

  await packages.keep(["pandas"]);

  expect(packages.state.problem).toMatchObject({ kind: "wrong_file" });
  expect(kept(packages)).toEqual(["numpy"]);
});

test("a full disk is said, and what was kept still is", async () => {
  const packages = await opened();
  await packages.keep(["numpy"]);
  caches.full = true;

  await packages.keep(["pandas"]);

  expect(packages.state.problem).toMatchObject({ kind: "no_storage" });
  expect(kept(packages)).toEqual(["numpy"]);
});

test("too little room is said before anything is fetched", async () => {
  quota = 1000;
  const packages = await opened();

  await packages.keep(["pandas"]);

  expect(packages.state.problem?.message).toContain("of storage, and this browser grants");
  expect(fetched).toEqual([]);
});

test("a site without packages, and one that cannot be asked, are told apart", async () => {
  lock = null;
  expect((await opened()).state.there).toBe(false);
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
  expect((await opened()).state.there).toBeNull();
});

test("what is missing or on its way is named, if people know it", async () => {
  Object.assign(lock!, { coming: ["scipy", "joblib"], missing: { pyarrow: "", patsy: "" } });

  expect((await opened()).state).toMatchObject({ coming: ["scipy"], missing: ["pyarrow"] });
});

test("a new version of a package that the person keeps is brought by itself", async () => {
  await (await opened()).keep(["pandas"]);
  await publish("pandas");
  fetched.length = 0;

  const next = new KeptPackages(FOLDER);
  await next.renew();

  expect(fetched).toEqual(["pandas.gz"]);
  expect(kept(next)).toEqual(["pandas", "numpy"]);
});

test("what the person stopped or removed is not brought again", async () => {
  const packages = await opened();
  await packages.keep(["numpy"]);
  await packages.remove(["numpy"]);
  packages.addEventListener("change", () => packages.stop());
  await packages.keep(["pandas"]);
  fetched.length = 0;

  await new KeptPackages(FOLDER).renew();

  expect(fetched).toEqual([]);
});
