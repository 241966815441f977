/** The models that can be chosen: their names, and what a session is told about each. */
import { SessionError } from "../api/error";
import type { ModelChoice, LocalModelSource } from "../api/session";
import { builtinSource, listLocalModels, sourceFromText } from "../models/local";
import { originOf, providerById } from "../providers";
import { unknownProvider } from "./config";
import { endpointFault, type EndpointSettings, type OneModel } from "./settings";
import type { Vault } from "./vault";

export class ModelChoices {
  /** A model file from the person's disk, for this visit. */
  own: LocalModelSource | null = null;
  private readonly localNames = new Map<string, string>();

  constructor(private readonly vault: Vault) {}

  /** The name of a model; empty when none was chosen. */
  nameOf({ kind, endpoint, local }: OneModel): string {
    if (kind === "demo") return "Demonstration";
    if (kind === "endpoint") return endpoint.model || providerById(endpoint.provider).name;
    if (kind === "local")
      return this.localNames.get(local) ?? (local.split("/").at(-1) || "Local model");
    return "";
  }

  /** Returns the local models of this site and the person's own. Rejects with `SessionError`. */
  async local(): Promise<LocalModelSource[]> {
    const [listed, builtin] = await Promise.all([listLocalModels(), builtinSource()]);
    const models = [...listed, builtin, this.own].filter((model) => model !== null);
    const first = models.find((model) => model.default) ?? models[0];
    if (first) this.localNames.set("", first.name);
    for (const { id, name } of models) this.localNames.set(id, name);
    return models;
  }

  /** Returns what the session is told, including the key. Rejects with `SessionError`. */
  async choiceOf({ kind, endpoint, local, reply }: OneModel): Promise<ModelChoice> {
    if (kind === null) {
      throw new SessionError("no_model", "No model was chosen yet.", "Choose one in the settings.");
    }
    if (kind === "demo") return { kind };
    if (kind === "local") return { kind, source: await this.sourceOf(local), reply };
    const unknown = unknownProvider(endpoint.provider, endpoint.baseUrl);
    if (unknown) throw unknown;
    const fault = endpointFault(endpoint);
    if (fault) throw new SessionError("no_model", "The endpoint is not complete.", fault);
    await this.vault.load().catch(() => undefined); // without IndexedDB no keys are kept
    const apiKey = this.vault.get(originOf(endpoint.baseUrl));
    const provider = providerById(endpoint.provider);
    if (!apiKey && (await this.lockedFor(endpoint))) throw lockedKey(endpoint.baseUrl);
    if (!apiKey && provider.needsKey) throw noKey(provider.name);
    const { model, baseUrl, format, promptStyle, thinking } = endpoint;
    return { kind, model, baseUrl, format, apiKey, promptStyle, thinking, reply };
  }

  /** Whether a key for this endpoint waits for its passphrase. A local server has none. */
  private async lockedFor({ provider, baseUrl }: EndpointSettings): Promise<boolean> {
    return !providerById(provider).local && this.vault.lockedFor(originOf(baseUrl));
  }

  private async sourceOf(local: string): Promise<LocalModelSource> {
    const models = await this.local();
    const source = local
      ? models.find(({ id }) => id === local)
      : (models.find((model) => model.default) ?? models[0]);
    if (source) return source;
    if (local.includes("/")) return sourceFromText(local);
    throw new SessionError(
      "no_model",
      "The chosen local model is not available here.",
      "Choose it again, or another one, in the settings.",
    );
  }
}

function lockedKey(baseUrl: string): SessionError {
  const message = `The key for ${new URL(baseUrl).host} is locked.`;
  const advice =
    "It is kept on this device, encrypted. Unlock it with your passphrase in the settings.";
  return new SessionError("no_key", message, advice);
}

function noKey(provider: string): SessionError {
  const advice =
    "Open the settings and enter one. A key is gone when the page is closed or loaded again, unless" +
    " you let this device remember it.";
  return new SessionError("no_key", `There is no key for ${provider}.`, advice);
}
