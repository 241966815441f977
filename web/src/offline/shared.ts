/** What another app shares with the installed page: the service worker takes it in, the page fetches
 *  it from a cache. */

/** The path that web/app/manifest.webmanifest names. */
export const SHARE = "share";

/** Keeps the files and the text of a share. Returns the address to open. */
export async function keepShared(scope: URL, request: Request): Promise<URL> {
  const form = await request.formData();
  const files = form.getAll("files").filter((value) => value instanceof File);
  const words = ["title", "text", "url"].map((name) => form.get(name)).filter(Boolean);
  const parts = words.length ? [...files, new File([words.join("\n")], "shared.txt")] : files;
  const cache = await caches.open(nameOf(scope));
  for (const [at, file] of parts.entries()) {
    const url = new URL(`${SHARE}/${at}/${encodeURIComponent(file.name)}`, scope);
    await cache.put(url, new Response(file));
  }
  return new URL("./?shared", scope);
}

/** Returns the files of a share, and forgets them. */
export async function takeShared(scope: URL): Promise<File[]> {
  const cache = await caches.open(nameOf(scope));
  const files: File[] = [];
  for (const request of await cache.keys()) {
    const blob = await (await cache.match(request))!.blob();
    const name = decodeURIComponent(request.url.slice(request.url.lastIndexOf("/") + 1));
    files.push(new File([blob], name, { type: blob.type }));
    await cache.delete(request);
  }
  return files;
}

function nameOf(scope: URL): string {
  return `pyagent-shared ${scope.href}`;
}
