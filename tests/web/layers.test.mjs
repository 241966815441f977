// @vitest-environment node
/** What may import what in web/src. An import of a type counts like any other. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { registerHooks } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

/** Each room imports only itself and rooms of earlier rows. web/src/README.md describes them. */
const rows = [
  ["(protocol|wire|port|channel|providers|trusted)\\.ts"],
  ["api/"],
  ["render/", "runtime/"],
  ["models/", "sandbox/", "offline/"],
  ["agent/", "settings/", "journal/", "process/"],
  ["session\\.ts"],
  ["element/look/", "element/state/"],
  ["element/results/"],
  ["element/history\\.ts"],
  ["element/tasks\\.ts"],
  ["element/controller\\.ts"],
  ["element/run/"],
  ["element/frame/"],
  ["element/settings/", "element/kept/"],
  ["element/agent_element\\.ts"],
  ["element/py-agent\\.ts"],
  ["pyagent\\.ts"],
  ["main\\.ts"],
];

const path = (room) => `^src/${room}`;

const layers = rows.flatMap((row, at) =>
  row.map((room) => ({
    name: room,
    severity: "error",
    from: { path: path(room) },
    to: { path: rows.slice(at).flat().map(path), pathNot: path(room) },
  })),
);

const forbidden = [
  ...layers,
  { name: "circle", severity: "error", from: {}, to: { circular: true } },
  { name: "unresolved", severity: "error", from: {}, to: { path: "^\\.", couldNotResolve: true } },
  {
    name: "state draws nothing",
    severity: "error",
    from: { path: path("element/state/") },
    to: { path: "(^|/)lit(/|$)" },
  },
];

// dependency-cruiser cannot use TypeScript 7, and without a TypeScript it reads no file at all.
registerHooks({
  resolve(name, context, next) {
    const older = context.parentURL?.includes("/dependency-cruiser/");
    return next(older ? name.replace(/^typescript(?=\/|$)/, "typescript-6") : name, context);
  },
});
const { cruise } = await import("dependency-cruiser");

const web = fileURLToPath(new URL("../../web/", import.meta.url));

/** Returns the files in src/ of a folder, and the rules that they break. */
async function examine(folder) {
  const { output } = await cruise(["src"], {
    baseDir: folder,
    validate: true,
    ruleSet: { forbidden },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
  });
  const files = output.modules.map(({ source }) => source).filter((name) => /^src\//.test(name));
  const faults = output.summary.violations.map(
    ({ rule, from, to, cycle }) =>
      `${rule.name}: ${[from, ...(cycle?.map(({ name }) => name) ?? [to])].join(" → ")}`,
  );
  return { files, faults };
}

/** Makes a folder with these files, for one test. */
async function folderWith(files) {
  const folder = await mkdtemp(join(tmpdir(), "pyagent-layers-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

test("rooms import only what is below them, and nothing in a circle", async () => {
  const { files, faults } = await examine(web);

  expect(faults).toEqual([]);
  expect(files.length).toBeGreaterThan(100);
});

test("every file is in a room, and the README names every folder", async () => {
  const { files } = await examine(web);
  const rooms = rows.flat().map((room) => new RegExp(path(room)));
  const names = await readdir(join(web, "src"), { recursive: true, withFileTypes: true });
  const folders = names.filter((entry) => entry.isDirectory()).map(({ name }) => `${name}/`);
  const readme = await readFile(join(web, "src", "README.md"), "utf8");

  expect(files.filter((file) => !rooms.some((room) => room.test(file)))).toEqual([]);
  expect(folders.filter((folder) => !readme.includes(folder))).toEqual([]);
});

test("a circle is found even if one of its imports is only of a type", async () => {
  const folder = await folderWith({
    "src/api/one.ts": 'import { two } from "./two";\nexport const one = two;\nexport type One = 1;',
    "src/api/two.ts": 'import type { One } from "./one";\nexport const two: One = 1;',
  });

  const { faults } = await examine(folder);

  expect(faults).toContain("circle: src/api/one.ts → src/api/two.ts → src/api/one.ts");
});

test("an import from a higher room is found", async () => {
  const folder = await folderWith({
    "src/render/one.ts": 'import type { Two } from "../element/run/two";\nexport type One = Two;',
    "src/element/run/two.ts": "export type Two = 2;",
  });

  const { faults } = await examine(folder);

  expect(faults).toEqual(["render/: src/render/one.ts → src/element/run/two.ts"]);
});

test("an import of Lit or of a component is found in the state", async () => {
  const folder = await folderWith({
    "src/element/state/one.ts": 'import { html } from "lit";\nexport const one = html``;',
    "src/element/state/two.ts": 'import "../run/three";',
    "src/element/run/three.ts": "export {};",
  });

  const { faults } = await examine(folder);

  expect(faults).toHaveLength(2);
});
