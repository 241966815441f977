/** One build of the site as its service worker knows it, and the messages between that worker and
 *  its pages. */
import type { ListedFile } from "../runtime/files";

export interface FileList {
  readonly [path: string]: ListedFile;
}

/** What build/offline.py writes at the start of service-worker.js. Paths are relative to the page's
 *  folder. */
export interface Build {
  id: string;
  /** What the page is made of. The empty path is index.html, by the address that people use. */
  page: FileList;
  /** What Python starts from. The page stores these itself, by addresses with hashes. */
  runtime: FileList;
  /** The engines of local models, which are kept once they are used. */
  engines: FileList;
}

/** What a page tells its service worker. */
export type ToWorker =
  /** Answer with an `About` on the port that comes with it. */
  | { type: "about" }
  /** The page was made by this build. */
  | { type: "opened"; build: string }
  /** Take over from the older worker. */
  | { type: "take" }
  /** Keep these engines' files for offline use. */
  | { type: "keep"; paths: readonly string[] };

export interface About {
  build: string;
}

/** What a service worker that is being installed tells all pages. */
export type FromWorker =
  | { type: "keeping"; build: string; kept: number; total: number }
  | { type: "not_kept"; build: string; full: boolean; reason: string };

/** The build that made an index.html; empty when the page does not say. */
export function buildOf(html: string): string {
  return /<meta name="pyagent-build" content="(\w+)"/.exec(html)?.[1] ?? "";
}

/** The path of an address inside `scope`, or null when it is outside. */
export function pathIn(scope: URL, address: URL): string | null {
  const inside = address.origin === scope.origin && address.pathname.startsWith(scope.pathname);
  if (!inside) return null;
  const path = address.pathname.slice(scope.pathname.length);
  return path === "index.html" ? "" : path;
}

export function sizeOf(files: FileList): number {
  return Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0);
}
