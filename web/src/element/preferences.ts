/** What the person and the page chose, and the keys for it: kept as long as the element, for each
 *  session that it has. */
import { withAttributes, type Attributes } from "../config";
import { loadSettings } from "../settings";
import { Vault } from "../vault";
import { ModelChoices } from "./model_choices";

export class Preferences {
  settings = loadSettings();
  readonly vault = new Vault();
  readonly models = new ModelChoices(this.vault);
  /** The attributes that are in `settings`, as JSON. */
  private taken = "";

  /** Attributes count when they are new: what was chosen after them goes before them. */
  take({ provider, model, baseUrl, agent }: Attributes): void {
    const attributes = { provider, model, baseUrl, agent };
    const text = JSON.stringify(attributes);
    if (text === this.taken) return;
    this.taken = text;
    this.settings = withAttributes(this.settings, attributes);
  }
}
