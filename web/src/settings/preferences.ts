/** What the person and the page chose, and the keys for it. The element keeps one `Preferences` for
 *  all its sessions. */
import type { SessionSettings } from "../api/session";
import type { AgentSettings } from "../protocol";
import { withAttributes, type Attributes } from "./config";
import { ModelChoices } from "./model_choices";
import { loadSettings, modelsOf } from "./settings";
import { Vault } from "./vault";

const NONE: Attributes = { provider: null, model: null, baseUrl: null, agent: null };

export class Preferences {
  settings = loadSettings();
  readonly vault = new Vault();
  readonly models = new ModelChoices(this.vault);
  /** The language of the answers as a BCP 47 tag; empty for the language of the task. */
  language = "";
  /** The attributes that `settings` already include. */
  private taken = NONE;

  /** Takes in attributes that have changed; old ones must not undo a later choice. The three
   *  attributes of the model count together, the agent's alone. Returns whether any had changed. */
  take({ provider, model, baseUrl, agent }: Attributes): boolean {
    const { taken } = this;
    const modelIsNew =
      provider !== taken.provider || model !== taken.model || baseUrl !== taken.baseUrl;
    const agentIsNew = agent !== taken.agent;
    this.taken = { provider, model, baseUrl, agent };
    this.settings = withAttributes(this.settings, {
      ...NONE,
      ...(modelIsNew && { provider, model, baseUrl }),
      ...(agentIsNew && { agent }),
    });
    return modelIsNew || agentIsNew;
  }

  /** The name of the model in use, and the number of others beside it; empty when none was
   *  chosen. */
  get modelName(): string {
    const [first = "", ...others] = this.modelNames;
    return others.length ? `${first} +\u00a0${others.length}` : first;
  }

  /** The names of all models in use. */
  get modelNames(): string[] {
    return modelsOf(this.settings).map((model) => this.models.nameOf(model));
  }

  /** Whether one of the models in use runs in this tab. */
  get usesLocal(): boolean {
    return modelsOf(this.settings).some(({ kind }) => kind === "local");
  }

  /** Returns what a session is told, including the keys. Rejects with `SessionError`. */
  async forSession(): Promise<SessionSettings> {
    const { choose } = this.settings;
    const choices = modelsOf(this.settings).map((model) => this.models.choiceOf(model));
    const [model, ...others] = await Promise.all(choices);
    return { model: model!, others, choose, agent: this.agentSettings };
  }

  private get agentSettings(): AgentSettings {
    const { agent } = this.settings;
    if (!this.language) return agent;
    const language = new Intl.DisplayNames("en", { type: "language" }).of(this.language);
    return { ...agent, instructions: `${agent.instructions}\nAnswer in ${language}.`.trim() };
  }
}
