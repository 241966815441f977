/**
 * The local models that a person can choose from. The list is the file `models.json` beside the
 * page, which the build writes. A person's own file or address becomes a source here too.
 */
import { messageOf, SessionError } from "../api/error";
import type { LocalModelSource } from "../api/session";
import { openCache } from "../runtime/stores";

const OWN = {
  engine: "wllama",
  sha256: null,
  licence: null,
  contextTokens: 4096,
  promptStyle: "short",
  notes: "A model of your own.",
  default: false,
} as const;

/**
 * Returns the models that this site lists, in its order and with absolute addresses; an empty list
 * when the site has none. Where the site cannot be reached, or sends something else, it is the list of
 * the last visit. Rejects with `SessionError` when there is no list that can be read.
 */
export async function listLocalModels(
  baseUrl: URL = new URL(document.baseURI),
): Promise<LocalModelSource[]> {
  const address = new URL("models.json", baseUrl);
  const store = await openCache("pyagent-models");
  try {
    const text = await fetchList(address);
    const models = text === null ? [] : readList(text, baseUrl);
    if (text !== null) await store?.put(address, new Response(text)).catch(() => undefined);
    return models;
  } catch (error) {
    const kept = await keptList(store, address, baseUrl);
    if (kept) return kept;
    throw new SessionError(
      "unreachable",
      `The list of local models could not be read (${messageOf(error)}).`,
      "Check that models.json is beside the page.",
    );
  }
}

/** Fetches the list, which no build fixes; null where the site has none. */
async function fetchList(address: URL): Promise<string | null> {
  const response = await fetch(address, { cache: "no-cache" });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.text();
}

async function keptList(
  store: Cache | null,
  address: URL,
  baseUrl: URL,
): Promise<LocalModelSource[] | null> {
  try {
    const kept = await store?.match(address);
    return kept ? readList(await kept.text(), baseUrl) : null;
  } catch {
    return null;
  }
}

/** Reads a list. Throws when it is none; entries that are no models are left out. */
function readList(text: string, baseUrl: URL): LocalModelSource[] {
  const entries: unknown = JSON.parse(text);
  if (!Array.isArray(entries)) throw new Error("it is not a list");
  return entries.filter(isListed).map((entry) => ({
    ...entry,
    engine: "wllama",
    url: new URL(entry.url, baseUrl).href,
  }));
}

function isListed(entry: unknown): entry is LocalModelSource {
  const { id, url } = (entry ?? {}) as Partial<LocalModelSource>;
  return [id, url].every((text) => typeof text === "string");
}

/** A GGUF file at any address. Throws `SessionError` when it is not a web address. */
export function sourceFromUrl(address: string): LocalModelSource {
  const url = URL.parse(address.trim());
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new SessionError(
      "unreachable",
      `"${address}" is not a web address.`,
      "Give the full address of a .gguf file, or the name of an ONNX model as owner/name.",
    );
  }
  const name = decodeURIComponent(url.pathname.split("/").at(-1) || url.host);
  return { ...OWN, id: url.href, name, url: url.href, bytes: null };
}

/** A repository on the Hub, `owner/name`, with an ONNX model for transformers.js. */
export function sourceFromName(name: string): LocalModelSource {
  const url = name.trim();
  return {
    ...OWN,
    engine: "transformers",
    id: url,
    name: url.split("/").at(-1)!,
    url,
    bytes: null,
  };
}

/** The model that a person typed: a repository's name or the address of a GGUF file. */
export function sourceFromText(text: string): LocalModelSource {
  return /^[\w.-]+\/[\w.-]+$/.test(text.trim()) ? sourceFromName(text) : sourceFromUrl(text);
}

/** A GGUF file from the person's disk. */
export function sourceFromFile(file: File): LocalModelSource {
  return { ...OWN, id: `file:${file.name}`, name: file.name, url: "", bytes: file.size, file };
}
