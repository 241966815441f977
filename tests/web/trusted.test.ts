import { afterEach, beforeEach, expect, test, vi } from "vitest";

type Rules = Record<string, (text: string) => string>;

let made: Map<string, Rules>;
let trusted: typeof import("../../web/src/trusted");

/** A browser whose policies mark a text by brackets. */
beforeEach(async () => {
  made = new Map();
  vi.stubGlobal("trustedTypes", {
    createPolicy(name: string, rules: Rules): Rules {
      made.set(name, rules);
      const marked = Object.entries(rules).map(([type, rule]) => [
        type,
        (text: string) => `[${rule(text)}]`,
      ]);
      return Object.fromEntries(marked) as Rules;
    },
  });
  let blobs = 0;
  vi.spyOn(URL, "createObjectURL").mockImplementation(() => `blob:${location.origin}/${++blobs}`);
  vi.resetModules();
  trusted = await import("../../web/src/trusted");
});
afterEach(() => vi.unstubAllGlobals());

const site = (path: string) => `${location.origin}/${path}`;

test("there is a policy for each kind of sink, made at once", () => {
  expect([...made.keys()]).toEqual(["pyagent-scripts", "pyagent-frames", "pyagent-drawings"]);
  expect([...made.values()].map((rules) => Object.keys(rules))).toEqual([
    ["createScriptURL"],
    ["createHTML"],
    ["createHTML"],
  ]);
});

test.each([
  "assets/agent.worker.js",
  "assets/download.worker.js",
  "assets/transformers.worker.js",
  "service-worker.js",
  "below/a/path/assets/agent.worker.js",
])("%s of this site is a script", (path) => {
  expect(trusted.ownScript(new URL(site(path)))).toBe(`[${site(path)}]`);
});

test.each([
  ["a worker's name elsewhere", "https://data.example/assets/agent.worker.js"],
  ["another port", "http://localhost:1/assets/agent.worker.js"],
  ["a login", site("assets/agent.worker.js").replace("//", "//a:b@")],
  ["another script of this site", site("main.js")],
  ["a worker outside of its folder", site("agent.worker.js")],
  ["the end of another name", site("assets/my-agent.worker.js")],
  ["a query", site("assets/agent.worker.js?x")],
  ["a fragment", site("service-worker.js#x")],
  ["a file that was uploaded", site("uploads/assets/agent.worker.js/x.js")],
  ["a blob of somebody else", `blob:${location.origin}/77`],
  ["a blob with a worker's name", `blob:${location.origin}/assets/agent.worker.js`],
  ["data", "data:text/javascript,1//assets/agent.worker.js"],
  ["code", "javascript:1//assets/agent.worker.js"],
])("%s is no script", (_, address) => {
  expect(() => trusted.ownScript(address)).toThrow("is no script of this page");
});

test("an address of a blob is good for one worker", () => {
  const address = trusted.blobScript(new Blob(["1"])).slice(1, -1);
  expect(address).toMatch(/^blob:/);
  expect(() => trusted.ownScript(address)).toThrow("is no script of this page");
});

test.each([
  "default-src *; script-src 'none'",
  "script-src 'none'",
  "",
  "default-src 'none'; img-src https:",
  "default-src 'none'; style-src 'self'",
  "default-src 'none'; connect-src *",
  "default-src 'none'; script-src 'unsafe-inline'",
  "default-src 'none'; script-src blob: 'unsafe-eval'",
  "default-src 'none'; script-src 'sha256-x' data:",
  "default-src 'none'; frame-src blob:",
])("a frame whose policy is %j gets no document", (fence) => {
  expect(() => trusted.fencedDocument(fence, "<b>x</b>")).toThrow("has to begin with a policy");
});

test.each([
  "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'",
  "default-src 'none'; script-src blob: 'wasm-unsafe-eval' 'sha256-a+/='; worker-src blob:",
])("a frame whose policy is %j gets its document", (fence) => {
  expect(trusted.fencedDocument(fence, "x")).toMatch(/">x\]$/);
});

test("a frame's policy stands before its content", () => {
  const [start, end] = trusted
    .fencedDocument("default-src 'none'; img-src data:", "<b>x</b>")
    .split(`content="default-src 'none'; img-src data:">`);
  expect(start).toMatch(/^\[<!doctype html>.*<meta http-equiv="Content-Security-Policy" $/);
  expect(end).toBe("<b>x</b>]");
});

test.each([
  ["without Trusted Types", undefined],
  [
    "that does not name our policies",
    {
      createPolicy() {
        throw new TypeError("not in the list");
      },
    },
  ],
])("on a page %s, texts stay texts and have to pass the same rules", async (_, factory) => {
  vi.stubGlobal("trustedTypes", factory);
  vi.resetModules();
  const unmarked = await import("../../web/src/trusted");
  expect(unmarked.ownScript(site("service-worker.js"))).toBe(site("service-worker.js"));
  expect(() => unmarked.ownScript("https://data.example/x.js")).toThrow("is no script");
  expect(unmarked.parseDrawing("<svg/>").documentElement.localName).toBe("svg");
});
