/**
 * Opens the browser's caches and folders. Null stands for a page that may not store anything, as in
 * private windows.
 */

let refused = false;

/** Lets nothing open a store from now on: opening one that was just deleted would make it anew. */
export function refuseStores(): void {
  refused = true;
}

/** Whether nothing may be kept any more. */
export function areStoresRefused(): boolean {
  return refused;
}

/** Opens a cache, or makes it. */
export async function openCache(name: string): Promise<Cache | null> {
  if (refused) return null;
  try {
    return await caches.open(name);
  } catch {
    return null;
  }
}

/** Opens a folder of the page's own file system, or makes it. */
export async function openFolder(name: string): Promise<FileSystemDirectoryHandle | null> {
  if (refused) return null;
  try {
    const root = await navigator.storage.getDirectory();
    return await root.getDirectoryHandle(name, { create: true });
  } catch {
    return null;
  }
}
