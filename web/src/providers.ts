/** The providers of endpoints, from the same tables that Python uses. */
import more from "../../pyagent/models/catalog/more_providers.json";
import table from "../../pyagent/models/catalog/providers.json";
import type { ModelSettings } from "./protocol";

/** The format that an endpoint speaks; `openai` is chat completions, which most servers speak. */
export type WireFormat = Exclude<ModelSettings["kind"], "page" | "demo">;

/** The name of each wire format, for people. */
export const formats: Record<WireFormat, string> = {
  openai: "OpenAI chat completions",
  responses: "OpenAI responses",
  anthropic: "Anthropic messages",
  gemini: "Google Gemini",
};

/** Formats in which a model can be told whether to think. */
export const thinkingFormats: readonly WireFormat[] = ["anthropic", "gemini"];

export interface Provider {
  id: string;
  name: string;
  /** Empty for a server that we do not know. */
  baseUrl: string;
  format: WireFormat;
  needsKey: boolean;
  /** The page where a person gets a key; may be empty. */
  keyUrl: string;
  models: string[];
  /** Whether it runs on the person's own machine. */
  local: boolean;
  /** The command that starts it so that this page may call it; may be empty. */
  start: string;
}

interface Entry {
  id: string;
  /** Other names for the same provider. */
  aliases?: string[];
  name: string;
  base_url: string;
  wire_format?: WireFormat;
  key_env?: string;
  key_url?: string;
  models?: string[];
  local?: boolean;
  start?: string;
}

const offered = table as Entry[];
const others = more.providers as Entry[];

/** The providers to offer, in this order; the last stands for an unknown server. */
export const providers: Provider[] = offered.map(providerOf);

/** All other providers, sorted by name. For most, we do not know whether they answer pages. */
export const moreProviders: Provider[] = others
  .map(providerOf)
  .sort((left, right) => left.name.localeCompare(right.name));

const unknown = providers.at(-1)!;

const byName = new Map(
  [...others, ...offered].flatMap((entry) => {
    const provider = providerOf(entry);
    return [entry.id, ...(entry.aliases ?? [])].map((name) => [plain(name), provider] as const);
  }),
);

/** The provider with this id or alias, ignoring case and hyphens; else the unknown server. */
export function providerById(id: string): Provider {
  return byName.get(plain(id)) ?? unknown;
}

function providerOf(entry: Entry): Provider {
  return {
    id: entry.id,
    name: entry.name,
    baseUrl: entry.base_url,
    format: entry.wire_format ?? "openai",
    needsKey: Boolean(entry.key_env),
    keyUrl: entry.key_url ?? "",
    models: entry.models ?? [],
    local: entry.local ?? false,
    start: (entry.start ?? "").replace("{origin}", location.origin),
  };
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_. ]/g, "");
}

/** The origin that a key is bound to; empty when `baseUrl` is no web address. */
export function originOf(baseUrl: string): string {
  const url = URL.parse(baseUrl);
  return url && /^https?:$/.test(url.protocol) ? url.origin : "";
}
