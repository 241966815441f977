/** Tests of the TypeScript side, in tests/web. They have no node_modules of their own: a bare
 *  import there is looked up from here. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = fileURLToPath(import.meta.url);
const tests = fileURLToPath(new URL("../tests/web/", import.meta.url));

export default defineConfig({
  plugins: [
    {
      name: "modules-of-tests",
      enforce: "pre",
      resolveId(id, importer) {
        const bare = /^[@\w]/.test(id) && !id.startsWith("node:");
        return bare && importer?.startsWith(tests)
          ? this.resolve(id, here, { skipSelf: true })
          : null;
      },
    },
  ],
  // What the build fills in.
  define: {
    SANDBOX_BOOTSTRAP: '""',
    SANDBOX_BOOTSTRAP_HASH: '"sha256-0"',
    SANDBOX_WORKER: '""',
  },
  server: { fs: { allow: [".."] } },
  test: {
    dir: tests,
    include: ["**/*.test.{ts,mjs}"],
    environment: "jsdom",
    testTimeout: 10_000,
  },
});
