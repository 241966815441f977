/**
 * Forgets everything that pyagent keeps in the browser: conversations, keys, settings, packages,
 * models and the page itself. What the page around an element keeps stays.
 *
 * Other parts hold databases open, which delays their deletion until the page is loaded again. So
 * what is in them is deleted first.
 */

import { refuseStores } from "../runtime/stores";

/** The names of all that is ours. A name that ends with a space is the beginning of names. */
export const OURS = {
  databases: ["pyagent", "pyagent-journal"],
  caches: [
    "pyagent-runtime",
    "pyagent-packages",
    "pyagent-models",
    "pyagent-build ",
    "pyagent-shared ",
    "pyagent-tabs ",
    "transformers-cache",
  ],
  folders: ["pyagent-models"],
  keys: [
    "pyagent.settings",
    "pyagent.draft",
    "pyagent.draft ",
    "pyagent-conversation",
    "pyagent-conversation-lost",
    "pyagent-tried-isolation",
  ],
} as const satisfies Record<string, readonly string[]>;

/** Whether something of this kind and name is ours. */
export function isOurs(kind: keyof typeof OURS, name: string): boolean {
  const names: readonly string[] = OURS[kind];
  return names.some((one) => (one.endsWith(" ") ? name.startsWith(one) : name === one));
}

/** Resolves with what could not be deleted, as names for a person; empty when all is gone. */
export async function forgetEverything(): Promise<string[]> {
  refuseStores();
  const steps: [string, () => Promise<unknown>][] = [
    ["the databases", clearDatabases],
    ["the settings", async () => (clearKeys(localStorage), clearKeys(sessionStorage))],
    ["the offline page", unregister], // the names of the caches tell where it is
    ["the downloads", clearCaches],
    ["the files", clearFiles],
  ];
  const left: string[] = [];
  for (const [name, clear] of steps) {
    try {
      await clear();
    } catch {
      left.push(name); // the rest is deleted nevertheless
    }
  }
  return left;
}

async function clearDatabases(): Promise<void> {
  const found = (await indexedDB.databases()).flatMap(({ name }) => (name ? [name] : []));
  for (const name of found.filter((one) => isOurs("databases", one))) {
    await clearDatabase(name);
    indexedDB.deleteDatabase(name); // at once, or when the last page that has it open is gone
  }
}

function clearDatabase(name: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const opening = indexedDB.open(name);
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const database = opening.result;
    const stores = [...database.objectStoreNames];
    const done = (): void => {
      database.close();
      resolve();
    };
    if (!stores.length) return done();
    const transaction = database.transaction(stores, "readwrite");
    for (const store of stores) transaction.objectStore(store).clear();
    transaction.oncomplete = done;
    transaction.onabort = () => {
      database.close();
      reject(transaction.error);
    };
  };
  return promise;
}

function clearKeys(storage: Storage): void {
  const keys = Array.from({ length: storage.length }, (_, at) => storage.key(at)!);
  for (const key of keys.filter((one) => isOurs("keys", one))) storage.removeItem(key);
}

async function cacheNames(): Promise<string[]> {
  if (!("caches" in globalThis)) return [];
  return (await caches.keys()).filter((name) => isOurs("caches", name));
}

async function clearCaches(): Promise<void> {
  for (const name of await cacheNames()) await caches.delete(name);
}

async function clearFiles(): Promise<void> {
  const root = await navigator.storage?.getDirectory?.();
  if (!root) return;
  const names: string[] = [];
  for await (const name of (root as unknown as { keys(): AsyncIterable<string> }).keys()) {
    if (isOurs("folders", name)) names.push(name);
  }
  for (const name of names) await root.removeEntry(name, { recursive: true });
}

/** A service worker of ours has caches with its scope in their names. */
async function unregister(): Promise<void> {
  const scopes = new Set((await cacheNames()).map((name) => name.split(" ").at(-1)));
  for (const registration of (await navigator.serviceWorker?.getRegistrations()) ?? []) {
    const { scope, active, waiting, installing } = registration;
    const script = (active ?? waiting ?? installing)?.scriptURL;
    const isOwn = script === undefined || script === new URL("service-worker.js", scope).href;
    if (isOwn && scopes.has(scope)) await registration.unregister();
  }
}
