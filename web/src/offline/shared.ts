/** What another app shares with the installed page: the service worker takes it in, the page fetches
 *  it from a cache. */

/** The path that web/app/manifest.webmanifest names. */
export const SHARE = "share";

const TEXT = `${SHARE}-text`;

export interface Shared {
  files: File[];
  /** Title, text and address, each in a line of its own; empty when there were none. */
  text: string;
}

/** Keeps the files and the text of a share. Returns the address to open. */
export async function keepShared(scope: URL, request: Request): Promise<URL> {
  const form = await request.formData();
  const files = form.getAll("files").filter((value) => value instanceof File);
  const words = ["title", "text", "url"].map((name) => String(form.get(name) ?? "").trim());
  const text = [...new Set(words.filter(Boolean))].join("\n"); // some apps repeat them
  const cache = await caches.open(nameOf(scope));
  if (text) await cache.put(new URL(TEXT, scope), new Response(text));
  for (const [at, file] of files.entries()) {
    const url = new URL(`${SHARE}/${at}/${encodeURIComponent(file.name)}`, scope);
    await cache.put(url, new Response(file));
  }
  return new URL("./?shared", scope);
}

/** Returns the files and the text of a share, and forgets them. */
export async function takeShared(scope: URL): Promise<Shared> {
  const cache = await caches.open(nameOf(scope));
  const shared: Shared = { files: [], text: "" };
  for (const request of await cache.keys()) {
    const response = (await cache.match(request))!;
    if (request.url === new URL(TEXT, scope).href) {
      shared.text = await response.text();
    } else {
      const name = decodeURIComponent(request.url.slice(request.url.lastIndexOf("/") + 1));
      const blob = await response.blob();
      shared.files.push(new File([blob], name, { type: blob.type }));
    }
    await cache.delete(request);
  }
  return shared;
}

function nameOf(scope: URL): string {
  return `pyagent-shared ${scope.href}`;
}
