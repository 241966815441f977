/** The models in use: what the agent worker is told of them; a local one is loaded and ended here. */
import type { ModelSettings } from "../protocol";
import { SessionError, type ModelChoice, type ProgressListener } from "../session_api";
import { loadLocalModel, type LocalModel, type LocalModelSource } from "./local";

export class ChosenModels {
  private local: LocalModel | null = null;
  private loading: AbortController | null = null;

  /** `onLocal` hears which local model is to be asked; null for none. */
  constructor(
    private readonly baseUrl: URL,
    private readonly onLocal: (model: LocalModel | null) => void,
    private readonly onProgress: ProgressListener,
  ) {}

  /** Use these from now on, one of them local at most; a local one that still loads is given up.
   *  Rejects with `SessionError`. */
  async choose(models: readonly ModelChoice[]): Promise<ModelSettings[]> {
    this.loading?.abort(new SessionError("replaced", "Another model was chosen."));
    const { signal } = (this.loading = new AbortController());
    const local = models.find((model) => model.kind === "local");
    if (local) await this.load(local.source, signal);
    else this.use(null);
    return models.map((model) => this.told(model));
  }

  dispose(): void {
    this.loading?.abort(new SessionError("closed", "The session was closed."));
    this.local?.dispose();
  }

  private async load(source: LocalModelSource, signal: AbortSignal): Promise<void> {
    if (this.local !== null && isSame(this.local.source, source)) return;
    this.use(null); // two models at once seldom fit
    const { onProgress, baseUrl } = this;
    this.use(await loadLocalModel(source, { onProgress, signal, baseUrl }));
  }

  private told(model: ModelChoice): ModelSettings {
    if (model.kind === "demo") return modelSettings({ kind: "demo" });
    const { temperature, maxTokens } = model.reply;
    const reply = { temperature, max_tokens: maxTokens };
    if (model.kind === "local") {
      return modelSettings({
        ...reply,
        kind: "page",
        model: model.source.id,
        prompt_style: model.source.promptStyle,
        context_tokens: this.local?.contextTokens ?? model.source.contextTokens,
        supports_schema: this.local?.followsSchema ?? false,
      });
    }
    return modelSettings({
      ...reply,
      kind: model.format,
      model: model.model,
      base_url: model.baseUrl,
      api_key: model.apiKey,
      prompt_style: model.promptStyle,
      thinking: model.thinking,
      context_tokens: model.contextTokens ?? null,
    });
  }

  private use(model: LocalModel | null): void {
    this.local?.dispose();
    this.local = model;
    this.onLocal(model);
  }
}

function modelSettings(given: Partial<ModelSettings> & Pick<ModelSettings, "kind">): ModelSettings {
  return {
    model: "",
    base_url: "",
    api_key: "",
    prompt_style: "full",
    thinking: null,
    context_tokens: null,
    max_tokens: null,
    temperature: null,
    supports_schema: false,
    ...given,
  };
}

function isSame(left: LocalModelSource, right: LocalModelSource): boolean {
  return left.id === right.id && left.sha256 === right.sha256 && left.file === right.file;
}
