/** Serves the gallery of the element on a free port: `node tests/web/support/gallery.mjs`. */
import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const web = fileURLToPath(new URL("../../../web/", import.meta.url));
const { context } = createRequire(web)("esbuild");
const folder = await mkdtemp(join(tmpdir(), "pyagent-gallery-"));

const policy =
  "default-src 'none'; script-src 'self'; connect-src *; img-src 'self' blob: data:; " +
  "style-src 'self' 'unsafe-inline'; frame-src 'self'; font-src 'self'; form-action 'none'; base-uri 'none'";
await writeFile(
  join(folder, "gallery.html"),
  `<!doctype html><html lang="en"><meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <script type="module" src="gallery.js"></script>`,
);
const models = JSON.parse(await readFile(join(web, "models.json"), "utf8"));
const offered = models.map((model) => ({ ...model, url: `models/${model.file}` }));
await writeFile(join(folder, "models.json"), JSON.stringify(offered));
if (process.argv[2]) await cp(process.argv[2], folder, { recursive: true });

/** Leaves out the real session, which needs workers and a runtime. The gallery has a fake one. */
const withoutSession = {
  name: "without-session",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\.\/session$/ }, () => ({ path: "session", namespace: "none" }));
    onLoad({ filter: /.*/, namespace: "none" }, () => ({ contents: "export let createSession;" }));
  },
};

const gallery = await context({
  absWorkingDir: web,
  entryPoints: ["../tests/web/support/gallery.ts"],
  bundle: true,
  format: "esm",
  target: "es2022",
  external: ["node:*"],
  outfile: join(folder, "gallery.js"),
  loader: { ".woff2": "file" },
  plugins: [withoutSession],
  tsconfig: "tsconfig.json",
});
await gallery.rebuild();
const { hosts, port } = await gallery.serve({ host: "127.0.0.1", port: 0, servedir: folder });
console.log(`http://${hosts[0]}:${port}/gallery.html`);
