/**
 * The page's policies of Trusted Types, one for each kind of sink. On the app page no text becomes a
 * document or the address of a script except by one of them: see `require-trusted-types-for` in
 * build/page.py. In a browser without Trusted Types, and on a site whose policy does not name ours,
 * texts stay unmarked, but have to pass the same rules.
 *
 * TypeScript knows no Trusted Types, so a marked text has the type of a text.
 */

interface Html {
  createHTML(text: string): string;
}
interface ScriptAddress {
  createScriptURL(address: string): string;
}
interface Factory {
  createPolicy<Rules>(name: string, rules: Rules): Rules;
}

/** The files that start as workers, below the folder of the site. */
const WORKER_FILE = /\/(?:service-worker|assets\/(?:agent|download|transformers)\.worker)\.js$/;

const START = `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="`;

/** A script of a frame is in a blob or has a hash. Styles may be inline. */
const SCRIPT = "(?:blob:|'wasm-unsafe-eval'|'sha256-[\\w+/=]+')";
const STYLE = "(?:data:|'unsafe-inline')";
const ALLOWED = `script-src(?: ${SCRIPT})+|worker-src blob:|(?:img|style)-src(?: ${STYLE})+`;
const REFUSED = "(?:connect-src|form-action|base-uri) 'none'";

/** What every document for a frame begins with: a policy that lets nothing in or out. */
const FENCED = new RegExp(`^${START}default-src 'none'(?:; (?:${ALLOWED}|${REFUSED}))*">`);

/** An address of no script at all, by which the page asks what workers can do. */
const NO_SCRIPT = "blob:";

/** The addresses of blobs that `blobScript` made and that are not marked yet. */
const blobs = new Set<string>();

const scripts = policy<ScriptAddress>("pyagent-scripts", {
  createScriptURL(address) {
    if (address === NO_SCRIPT || blobs.delete(address)) return address;
    const { href, pathname } = new URL(address, document.baseURI);
    if (href === location.origin + pathname && WORKER_FILE.test(pathname)) return address;
    throw new TypeError(`${address} is no script of this page.`);
  },
});

const frames = policy<Html>("pyagent-frames", {
  createHTML(text) {
    if (FENCED.test(text)) return text;
    throw new TypeError(
      "A frame's document has to begin with a policy that lets nothing in or out.",
    );
  },
});

/** Marks any text, so nothing that is marked leaves this file. */
const drawings = policy<Html>("pyagent-drawings", { createHTML: (text) => text });

function policy<Rules>(name: string, rules: Rules): Rules {
  const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
  try {
    return factory?.createPolicy(name, rules) ?? rules;
  } catch {
    return rules;
  }
}

/** Returns the marked address of one of our workers' files. Throws `TypeError` for any other. */
export function ownScript(url: URL | string): string {
  return scripts.createScriptURL(String(url));
}

/** Returns the marked address of a script that came with our own bundle. It is good for one worker. */
export function blobScript(script: Blob): string {
  const address = URL.createObjectURL(script);
  blobs.add(address);
  return scripts.createScriptURL(address);
}

/** Returns a marked document for a frame: `content` behind a content security policy. Throws
 *  `TypeError` for a policy that lets anything in or out. */
export function fencedDocument(fence: string, content: string): string {
  return frames.createHTML(`${START}${fence}">${content}`);
}

/** Parses a drawing, to look at it. What is in such a document does not run or load. */
export function parseDrawing(svg: string): XMLDocument {
  return new DOMParser().parseFromString(drawings.createHTML(svg), "image/svg+xml");
}
