/** What the person and the page chose, and the keys for it: kept as long as the element, for each
 *  session that it has. */
import { withAttributes, type Attributes } from "./config";
import { loadSettings } from "./settings";
import { Vault } from "./vault";
import { ModelChoices } from "./model_choices";

const NONE: Attributes = { provider: null, model: null, baseUrl: null, agent: null };

export class Preferences {
  settings = loadSettings();
  readonly vault = new Vault();
  readonly models = new ModelChoices(this.vault);
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
}
