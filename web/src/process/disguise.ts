/**
 * Makes a worker of Deno look like one of a browser. Import it before Pyodide, which would otherwise
 * read its files through Deno or Node, for which this process has no permission. `undisguised` puts
 * Deno back, which Node's modules need.
 */
const global = globalThis as { process?: object; Deno?: typeof Deno };
const deno = global.Deno;

Object.assign(global.process ?? {}, { browser: true, type: "renderer" });
delete global.Deno;

export function undisguised(): typeof Deno {
  global.Deno = deno;
  return deno!;
}
