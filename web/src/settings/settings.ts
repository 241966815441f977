/** What the person has chosen, kept in this browser from visit to visit. Keys are not among it; the
 *  vault has them. */
import type { ReplyOptions, SessionSettings } from "../api/session";
import type { AgentSettings, ModelSettings } from "../protocol";
import { formats, originOf, providerById, providers, type WireFormat } from "../providers";
import { changed, defaultAgent, readAgent, type AgentChanges } from "./agent_options";
import { meantBy } from "./base_url";

export type ModelKind = "endpoint" | "local" | "demo";
export type SettingsPage = ModelKind | "agent" | "offline";
export type Theme = "auto" | "light" | "dark";

export interface EndpointSettings {
  /** A provider's id. */
  provider: string;
  baseUrl: string;
  model: string;
  format: WireFormat;
  /** `short` for small models. */
  promptStyle: ModelSettings["prompt_style"];
  /** Whether the model thinks before it writes; null leaves that to the model. */
  thinking: boolean | null;
}

/** A model and the options for its replies. */
export interface OneModel {
  /** Null until a model is chosen. */
  kind: ModelKind | null;
  endpoint: EndpointSettings;
  /** The local model: its id in the list, or the address of a GGUF file. */
  local: string;
  /** Options for each reply. Only a page sets them; no form shows them and no visit keeps them. */
  reply: ReplyOptions;
}

export interface Settings extends OneModel {
  /** More models, which together with this one act as one. Only a page sets them, like `reply`. */
  others: readonly OneModel[];
  /** Which of several models is asked first. */
  choose: SessionSettings["choose"];
  agent: AgentSettings;
  theme: Theme;
}

/** The settings that a person changed, and only those. */
export interface Chosen extends Partial<Omit<Settings, "agent">> {
  agent?: AgentChanges;
}

const STORE = "pyagent.settings";
const formatNames = Object.keys(formats) as WireFormat[];

export const defaultModel: OneModel = {
  kind: null,
  endpoint: endpointOf("openai"),
  local: "",
  reply: { temperature: null, maxTokens: null },
};

/** One model alone. */
export const noOthers = { others: [], choose: "first" } as const;

export const defaultSettings: Settings = {
  ...defaultModel,
  ...noOthers,
  agent: defaultAgent,
  theme: "auto",
};

/** Returns a provider's address and its first model. */
export function endpointOf(provider: string): EndpointSettings {
  const { id, baseUrl, models, format } = providerById(provider);
  const model = models[0] ?? "";
  return { provider: id, baseUrl, model, format, promptStyle: "full", thinking: null };
}

/** Returns the settings of the last visit; the defaults where they are missing or malformed. */
export function loadSettings(): Settings {
  try {
    return readSettings(JSON.parse(localStorage.getItem(STORE) ?? "{}"));
  } catch {
    return defaultSettings; // storage is blocked, or holds something else
  }
}

/** Keeps `settings`, except those that hold for one visit. If storage is blocked, they are lost
 *  with the page. */
export function saveSettings({ kind, endpoint, local, agent, theme }: Settings): void {
  try {
    localStorage.setItem(STORE, JSON.stringify({ kind, endpoint, local, agent, theme }));
  } catch {
    // Storage is blocked or full, which the person cannot change now.
  }
}

/** Reads settings from any JSON value, field by field. */
export function readSettings(stored: unknown): Settings {
  const from = record(stored);
  const endpoint = record(from.endpoint);
  const provider = text(endpoint.provider);
  const known = providerById(provider).id === provider;
  return {
    kind: oneOf(from.kind, ["endpoint", "local", "demo"], null),
    endpoint: known
      ? {
          provider,
          baseUrl: text(endpoint.baseUrl),
          model: text(endpoint.model),
          format: oneOf(endpoint.format, formatNames, formatOf(text(endpoint.baseUrl))),
          promptStyle: oneOf(endpoint.promptStyle, ["full", "short"], "full"),
          thinking: oneOf(endpoint.thinking, [true, false], null),
        }
      : defaultModel.endpoint,
    local: text(from.local),
    reply: defaultModel.reply,
    ...noOthers,
    agent: readAgent(record(from.agent)),
    theme: oneOf(from.theme, ["auto", "light", "dark"], "auto"),
  };
}

/** Returns the format for an address that was stored before formats were. */
function formatOf(baseUrl: string): WireFormat {
  return providers.find((provider) => provider.baseUrl === baseUrl)?.format ?? "openai";
}

/** Returns all models in use, in order. */
export function modelsOf(settings: Settings): OneModel[] {
  return [settings, ...settings.others];
}

/** Returns `settings` with what the person chose; everything else stays. */
export function withChosen(settings: Settings, chosen: Chosen): Settings {
  return { ...settings, ...chosen, agent: changed(settings.agent, chosen.agent ?? {}) };
}

/** Returns what this endpoint lacks before it can be used; empty when nothing. */
export function endpointFault(endpoint: EndpointSettings): string {
  if (!endpoint.baseUrl) return "Enter the address of the endpoint, its base URL.";
  if (!originOf(endpoint.baseUrl)) {
    const meant = meantBy(endpoint.baseUrl, endpoint.format) || "https://api.openai.com/v1";
    return `The base URL must be a web address that begins with https:// or http://, such as ${meant}.`;
  }
  return endpoint.model ? "" : "Enter the name of a model.";
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function oneOf<T, D>(value: unknown, choices: readonly T[], otherwise: D): T | D {
  return choices.find((choice) => choice === value) ?? otherwise;
}
