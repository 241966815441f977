/**
 * The service worker: it answers for the page's files from the cache of one build, so that the page
 * opens without a network and never mixes two builds. The build lists the files at the start of this
 * script, which makes each build's script another one; that is how the browser notices an update.
 */
import { messageOf } from "../api/error";
import { buildOf, pathIn, type Build, type FromWorker, type ToWorker } from "./build";
import { isolated, Keeper } from "./keeper";
import { keepShared, SHARE } from "./shared";
import { Tabs } from "./tabs";

declare const self: ServiceWorkerGlobalScope;
/** Written by build/offline.py. */
declare const PYAGENT_BUILD: Build;

const scope = new URL(self.registration.scope);
const keeper = new Keeper(PYAGENT_BUILD, scope);
const tabs = new Tabs(scope, PYAGENT_BUILD.id);
/** On a developer's machine the server is asked first, so that a new build is seen at once. */
const asksFirst = ["localhost", "127.0.0.1", "[::1]"].includes(scope.hostname);
const ANSWER_MS = 2000;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", (event) => event.waitUntil(receive(event)));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const path = pathIn(scope, new URL(request.url));
  if (request.method === "POST" && path === SHARE) {
    const shared = keepShared(scope, request).catch(() => scope); // the page opens in any case
    event.respondWith(shared.then((url) => Response.redirect(url, 303)));
    return;
  }
  if (request.method !== "GET" || path === null || request.headers.has("range")) return;
  if (request.mode === "navigate") {
    if (path === "") event.respondWith(open(event));
    return;
  }
  // A tab of an older build may ask for a file that this build does not have.
  if (keeper.listed(path) || (!tabs.allOwn && path.startsWith("assets/"))) {
    event.respondWith(serve(event, path));
  }
});

async function install(): Promise<void> {
  const build = PYAGENT_BUILD.id;
  try {
    await keeper.keepAll((kept, total) => void tell({ type: "keeping", build, kept, total }));
  } catch (error) {
    const full = error instanceof DOMException && error.name === "QuotaExceededError";
    await tell({ type: "not_kept", build, full, reason: messageOf(error) });
    throw error; // the browser then discards this worker, and an older one stays
  }
}

async function activate(): Promise<void> {
  await tabs.takeOver(await living());
  await tidy();
  await self.clients.claim();
}

async function receive(event: ExtendableMessageEvent): Promise<void> {
  const message = event.data as ToWorker;
  switch (message.type) {
    case "about":
      event.ports[0]?.postMessage({ build: PYAGENT_BUILD.id });
      break;
    case "opened":
      await tabs.note((event.source as Client).id, message.build);
      break;
    case "take":
      await self.skipWaiting();
      break;
    case "keep": {
      const paths = message.paths.filter((path) => keeper.listed(path));
      await Promise.allSettled(paths.map((path) => keeper.keep(path)));
      break;
    }
  }
}

/** Answers a navigation to the page. */
async function open(event: FetchEvent): Promise<Response> {
  const kept = keeper.find(PYAGENT_BUILD.id, "");
  if (asksFirst) {
    const fresh = await changed(event.request);
    if (fresh) {
      await tabs.note(event.resultingClientId, fresh.build);
      return fresh.response;
    }
  }
  if (!tabs.allOwn) event.waitUntil(tidy(event.resultingClientId));
  return (await kept) ?? fromNetwork(event.request);
}

/** The page as the server has it, if it is of another build. */
async function changed({ url }: Request): Promise<{ build: string; response: Response } | null> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const response = await fetch(url, { cache: "no-cache", signal });
    const html = await response.text();
    const build = buildOf(html);
    if (!response.ok || !build || build === PYAGENT_BUILD.id) return null;
    return { build, response: isolated(response, html) };
  } catch {
    return null;
  }
}

/** Answers a request of a tab, or of a worker in one, from the build that made the tab. */
async function serve(event: FetchEvent, path: string): Promise<Response> {
  const build = await tabs.buildOf(event.clientId);
  const own = build === PYAGENT_BUILD.id;
  if (!own && event.resultingClientId) await tabs.note(event.resultingClientId, build);
  const kept = await keeper.find(build, path);
  if (kept) return kept;
  // The browser's own cache may hold the file of another build and think it fresh.
  const current = () => fromNetwork(new Request(event.request, { cache: "no-cache" }));
  if (!own || !keeper.listed(path)) return current();
  return keeper.keep(path).catch(current);
}

/** What the host sends, with the headers without which an isolated page would refuse it. */
async function fromNetwork(request: Request): Promise<Response> {
  const response = await fetch(request);
  return response.ok ? isolated(response) : response;
}

/** Deletes what no tab needs any more, unless a newer worker is collecting its files. `opening` is a
 *  tab that the browser does not list yet. */
async function tidy(opening = ""): Promise<void> {
  const { installing, waiting } = self.registration;
  const used = await tabs.forgetAllBut([...(await living()), opening]);
  if (!installing && !waiting) await keeper.forgetAllBut(used);
}

async function living(): Promise<string[]> {
  return (await self.clients.matchAll({ type: "all" })).map(({ id }) => id);
}

async function tell(message: FromWorker): Promise<void> {
  for (const client of await self.clients.matchAll({ includeUncontrolled: true })) {
    client.postMessage(message);
  }
}
