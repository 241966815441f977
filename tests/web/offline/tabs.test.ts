/** Tests that the service worker remembers which tabs were opened with an older build. */
// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { buildOf, pathIn } from "../../../web/src/offline/build";
import { Tabs } from "../../../web/src/offline/tabs";
import { FakeCaches } from "../support/fake_caches";

const SCOPE = new URL("https://pyagent.test/");

beforeEach(() => void vi.stubGlobal("caches", new FakeCaches()));
afterEach(() => vi.unstubAllGlobals());

test("a tab that was there belongs to the build before, a later one to the new build", async () => {
  await new Tabs(SCOPE, "b1").takeOver(["first"]);
  const tabs = new Tabs(SCOPE, "b2");
  await tabs.takeOver(["first"]);

  expect(await tabs.buildOf("first")).toBe("b1");
  expect(await tabs.buildOf("later")).toBe("b2");
  expect(tabs.allOwn).toBe(false);
});

test("a tab of two builds ago stays with its build, also for a worker that starts again", async () => {
  await new Tabs(SCOPE, "b1").takeOver([]);
  await new Tabs(SCOPE, "b2").takeOver(["oldest"]);
  await new Tabs(SCOPE, "b3").takeOver(["oldest", "older"]);
  const again = new Tabs(SCOPE, "b3");

  expect(await again.buildOf("oldest")).toBe("b1");
  expect(await again.buildOf("older")).toBe("b2");
});

test("the first worker has no older build", async () => {
  const tabs = new Tabs(SCOPE, "b1");
  await tabs.takeOver(["page"]);

  expect(await tabs.buildOf("page")).toBe("b1");
  expect(tabs.allOwn).toBe(true);
});

test("closed tabs are forgotten, and the builds of the others are named", async () => {
  await new Tabs(SCOPE, "b1").takeOver([]);
  const tabs = new Tabs(SCOPE, "b2");
  await tabs.takeOver(["closed", "open"]);

  expect(await tabs.forgetAllBut(["open"])).toEqual(new Set(["b1"]));
  expect(await tabs.forgetAllBut([])).toEqual(new Set());
  expect(tabs.allOwn).toBe(true);
});

test("a page that is newer than the worker is noted until the worker catches up", async () => {
  const tabs = new Tabs(SCOPE, "b1");
  await tabs.takeOver([]);
  await tabs.note("newer", "b2");
  expect(await tabs.buildOf("newer")).toBe("b2");

  const next = new Tabs(SCOPE, "b2");
  await next.takeOver(["newer"]);
  expect(await next.buildOf("newer")).toBe("b2");
  expect(next.allOwn).toBe(true);
});

test.each([
  ["https://pyagent.test/some/path/", ""],
  ["https://pyagent.test/some/path/index.html?shared", ""],
  ["https://pyagent.test/some/path/assets/a.js?v=1", "assets/a.js"],
  ["https://pyagent.test/some/other/", null],
  ["https://another.test/some/path/", null],
])("the path of %s", (address, path) => {
  expect(pathIn(new URL("https://pyagent.test/some/path/"), new URL(address))).toBe(path);
});

test("a page names its build, or none", () => {
  expect(buildOf('<meta name="pyagent-build" content="0a1b" />')).toBe("0a1b");
  expect(buildOf('<meta name="pyagent-build" content="0a1b">')).toBe("0a1b");
  expect(buildOf("<title>Not found</title>")).toBe("");
});
