/**
 * The local models that a person can choose from. The list is the file `models.json` beside the
 * page, which the build writes. A person's own file or address becomes a source here too.
 */
import { SessionError } from "../api/error";
import type { LocalModelSource } from "../api/session";

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
 * when the site has none. Without a network it is the list of the last visit. Rejects with
 * `SessionError` when the list cannot be read.
 */
export async function listLocalModels(
  baseUrl: URL = new URL(document.baseURI),
): Promise<LocalModelSource[]> {
  const address = new URL("models.json", baseUrl);
  const response = await fetchList(address);
  if (response?.status === 404) return [];
  try {
    if (!response?.ok) throw new Error(`status ${response?.status ?? "none"}`);
    const entries = (await response.json()) as LocalModelSource[];
    return entries.map((entry) => ({
      ...entry,
      engine: "wllama",
      url: new URL(entry.url, baseUrl).href,
    }));
  } catch (error) {
    throw new SessionError(
      "unreachable",
      `The list of local models could not be read (${String(error)}).`,
      "Check that models.json is beside the page.",
    );
  }
}

/** Fetches the list, which no build fixes, and keeps it for a visit without a network. */
async function fetchList(address: URL): Promise<Response | null> {
  const store = await globalThis.caches?.open("pyagent-models").catch(() => null);
  try {
    const response = await fetch(address, { cache: "no-cache" });
    if (response.ok) await store?.put(address, response.clone()).catch(() => undefined);
    return response;
  } catch {
    return (await store?.match(address)) ?? null;
  }
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
