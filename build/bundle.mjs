/**
 * Bundles web/src into a folder: `node bundle.mjs TARGET`.
 *
 * - `pyagent.ts` and `main.ts` become modules of the same name; their common code goes to assets/.
 * - Each `*.worker.ts` becomes assets/*.worker.js, a module worker.
 * - `offline/service_worker.ts` becomes service-worker.js, which offline.py completes. It lies beside
 *   the page, because a service worker serves only its own folder.
 * - The sandbox's two scripts become texts inside the bundle, because they must run in an opaque
 *   origin: `SANDBOX_BOOTSTRAP` is inlined into the frame and allowed by its hash, which
 *   sandbox-hash.txt tells the rest of the build, and `SANDBOX_WORKER` is put into a blob.
 * - `process/main.ts` and `process/worker.ts` become modules in process/, which no page loads: a guest
 *   of the library's `wasm` executor consists of them.
 */
import { createHash } from "node:crypto";
import { copyFile, glob, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { engineThreads, markedEngine } from "./engine_threads.mjs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const web = fileURLToPath(new URL("../web/", import.meta.url));
const { build } = createRequire(web)("esbuild");
const target = process.argv[2];

const common = {
  absWorkingDir: web,
  bundle: true,
  minify: true,
  target: "es2022",
  charset: "utf8",
  // Pyodide's loader names these for Node; a browser never reaches that code.
  external: ["node:*", "ws"],
  logLevel: "warning",
};

async function text(entry) {
  const { outputFiles } = await build({
    ...common,
    entryPoints: [entry],
    format: "iife",
    write: false,
  });
  return outputFiles[0].text.trim();
}

const bootstrap = await text("src/sandbox/bootstrap.ts");
const hash = `sha256-${createHash("sha256").update(bootstrap).digest("base64")}`;
await writeFile(join(target, "sandbox-hash.txt"), hash);

const files = { ...common, format: "esm", sourcemap: true, legalComments: "linked" };
await build({
  ...files,
  entryPoints: await Array.fromAsync(glob("src/{pyagent,main}.ts", { cwd: web })),
  outdir: target,
  splitting: true,
  chunkNames: "assets/[name]-[hash]",
  assetNames: "assets/[name]-[hash]",
  loader: { ".woff2": "file" },
  plugins: [engineThreads],
  define: {
    SANDBOX_BOOTSTRAP: JSON.stringify(bootstrap),
    SANDBOX_BOOTSTRAP_HASH: JSON.stringify(hash),
    SANDBOX_WORKER: JSON.stringify(await text("src/sandbox/worker.ts")),
  },
});
// The engine for browsers without memory of 64 bits, which is loaded by its address.
await mkdir(join(target, "wllama"), { recursive: true });
await writeFile(
  join(target, "wllama/compat.js"),
  await markedEngine(join(web, "node_modules/@wllama/wllama-compat/wasm/wllama.js")),
);
// The font of formulas, whose licence must come with it.
await copyFile(
  join(web, "node_modules/@fontsource/noto-sans-math/LICENSE"),
  join(target, "assets/noto-sans-math.LEGAL.txt"),
);
await build({
  ...files,
  entryPoints: await Array.fromAsync(glob("src/**/*.worker.ts", { cwd: web })),
  outdir: join(target, "assets"),
  entryNames: "[name]",
});
await build({
  ...common,
  entryPoints: ["src/offline/service_worker.ts"],
  outfile: join(target, "service-worker.js"),
  format: "iife", // Firefox starts no module as a service worker
});
await build({
  ...common,
  entryPoints: ["src/process/main.ts", "src/process/worker.ts"],
  outdir: join(target, "process"),
  format: "esm",
});
