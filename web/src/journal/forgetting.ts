/**
 * Forgets everything that this site keeps in the browser: conversations, keys, settings, packages,
 * models and the page itself.
 *
 * Other parts hold databases open, which delays their deletion until the page is loaded again. So
 * what is in them is deleted first.
 */

/** Resolves with what could not be deleted, as names for a person; empty when all is gone. */
export async function forgetEverything(): Promise<string[]> {
  const steps: [string, () => Promise<unknown>][] = [
    ["the databases", clearDatabases],
    ["the settings", async () => (localStorage.clear(), sessionStorage.clear())],
    ["the downloads", clearCaches],
    ["the files", clearFiles],
    ["the offline page", unregister],
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
  for (const name of found) {
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

async function clearCaches(): Promise<void> {
  if (!("caches" in globalThis)) return;
  for (const name of await caches.keys()) await caches.delete(name);
}

async function clearFiles(): Promise<void> {
  const root = await navigator.storage?.getDirectory?.();
  if (!root) return;
  const names: string[] = [];
  for await (const name of (root as unknown as { keys(): AsyncIterable<string> }).keys()) {
    names.push(name);
  }
  for (const name of names) await root.removeEntry(name, { recursive: true });
}

async function unregister(): Promise<void> {
  for (const registration of (await navigator.serviceWorker?.getRegistrations()) ?? []) {
    await registration.unregister();
  }
}
