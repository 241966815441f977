/**
 * Lets wllama start its workers under Trusted Types. It starts them from addresses of blobs that
 * nobody has marked: its own worker in the page, and threads in that worker, which has the page's
 * policy because it is a blob.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const TRUSTED = fileURLToPath(new URL("../web/src/trusted", import.meta.url));

const WORKER = "workerURL = URL.createObjectURL(";
const THREAD = "new Worker(pthreadMainJs,";
/** Without quotes, because the engine lies inside a text. */
const MARKED_THREAD =
  "new Worker((url=>{try{self.pyagentThreads??=self.trustedTypes.createPolicy(/pyagent-scripts/.source," +
  "{createScriptURL(url){if(/^blob:/.test(url))return url;throw TypeError(url)}});" +
  "return self.pyagentThreads.createScriptURL(url)}catch{return url}})(pthreadMainJs),";

/** Returns the engine's file with marked threads. Fails when the file starts them in another way. */
export async function markedEngine(path) {
  return replaced(await readFile(path, "utf8"), THREAD, MARKED_THREAD, path);
}

/** A plugin of esbuild. */
export const engineThreads = {
  name: "engine threads",
  setup(build) {
    build.onLoad({ filter: /@wllama[\\/]wllama[\\/]esm[\\/]index\.js$/ }, async ({ path }) => {
      const engine = await markedEngine(path);
      const marked = replaced(engine, WORKER, "workerURL = blobScript(", path);
      return { contents: `import { blobScript } from ${JSON.stringify(TRUSTED)};\n${marked}` };
    });
  },
};

function replaced(source, text, other, path) {
  if (source.split(text).length !== 2) throw new Error(`${path} does not have "${text}" once.`);
  return source.replace(text, () => other);
}
