/** What the person and the page chose, and the keys for it: kept as long as the element, for each
 *  session that it has. */
import type { SessionSettings } from "../api/session";
import type { AgentSettings } from "../protocol";
import { withAttributes, type Attributes } from "./config";
import { loadSettings, modelsOf } from "./settings";
import { Vault } from "./vault";
import { ModelChoices } from "./model_choices";

const NONE: Attributes = { provider: null, model: null, baseUrl: null, agent: null };

export class Preferences {
  settings = loadSettings();
  readonly vault = new Vault();
  readonly models = new ModelChoices(this.vault);
  /** BCP 47 tag of the language to answer in; empty for the task's. */
  language = "";
  /** The attributes that are in `settings`. */
  private taken = NONE;

  /** Attributes count when they are new: what was chosen after them goes before them. Those of the
   *  model stand together, and the agent's by itself. Returns whether any were new. */
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

  /** Name of the model in use, and how many others stand with it; empty when none was chosen. */
  get modelName(): string {
    const [first = "", ...others] = this.modelNames;
    return others.length ? `${first} +\u00a0${others.length}` : first;
  }

  /** Names of the models in use, one by one. */
  get modelNames(): string[] {
    return modelsOf(this.settings).map((model) => this.models.nameOf(model));
  }

  /** One of the models in use runs in this tab. */
  get usesLocal(): boolean {
    return modelsOf(this.settings).some(({ kind }) => kind === "local");
  }

  /** What a session is told, the keys included. Rejects with `SessionError`. */
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
