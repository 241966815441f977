/** The providers of endpoints, from the table that Python uses too. */
import table from "../../pyagent/models/providers.json";
import type { ModelSettings } from "./protocol";

/** How an endpoint is spoken to; `openai` is chat completions, which most servers speak. */
export type WireFormat = Exclude<ModelSettings["kind"], "page" | "demo">;

/** Wire format → what people call it. */
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
  /** Empty for a server we know nothing of. */
  baseUrl: string;
  format: WireFormat;
  needsKey: boolean;
  /** Where a person gets a key; may be empty. */
  keyUrl: string;
  models: string[];
  /** Runs on the person's own machine. */
  local: boolean;
  /** Command that starts it so that this page may call it; may be empty. */
  start: string;
}

interface Entry {
  id: string;
  name: string;
  base_url: string;
  wire_format?: WireFormat;
  key_env?: string;
  key_url?: string;
  models?: string[];
  local?: boolean;
  start?: string;
}

/** In the order in which to offer them; the last is an unknown server. */
export const providers: Provider[] = (table as Entry[]).map((entry) => ({
  id: entry.id,
  name: entry.name,
  baseUrl: entry.base_url,
  format: entry.wire_format ?? "openai",
  needsKey: Boolean(entry.key_env),
  keyUrl: entry.key_url ?? "",
  models: entry.models ?? [],
  local: entry.local ?? false,
  start: (entry.start ?? "").replace("{origin}", location.origin),
}));

const unknown = providers.at(-1)!;

export function providerById(id: string): Provider {
  return providers.find((provider) => provider.id === id) ?? unknown;
}

/** The origin that a key is bound to; empty when `baseUrl` is no web address. */
export function originOf(baseUrl: string): string {
  const url = URL.parse(baseUrl);
  return url && /^https?:$/.test(url.protocol) ? url.origin : "";
}
