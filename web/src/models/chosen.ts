/** The models in use: says what the agent worker is told of them, and loads and ends a local
 *  one. */
import { SessionError } from "../api/error";
import type { ModelChoice, ProgressListener, LocalModelSource } from "../api/session";
import type { ModelSettings } from "../protocol";
import { abortable } from "./abortable";
import { loadLocalModel, type LocalModel } from "./local";

/** A change of the local model; a null `source` means none. The change waits for the task that uses
 *  the old model, then for the new model to load. */
interface Switch {
  source: LocalModelSource | null;
  control: AbortController;
  done: Promise<void>;
}

function none(): Switch {
  return { source: null, control: new AbortController(), done: Promise.resolve() };
}

export class ChosenModels {
  private local: LocalModel | null = null;
  private switched: Switch = none();

  /** `onLocal` is told which local model to ask; null for none. `idle` resolves when no task uses
   *  it. */
  constructor(
    private readonly baseUrl: URL,
    private readonly onLocal: (model: LocalModel | null) => void,
    private readonly onProgress: ProgressListener,
    private readonly idle: () => Promise<void>,
  ) {}

  /** Uses these models from the next task on; at most one may be local. A local model that is still
   *  loading is cancelled. Resolves when they can be asked; rejects with `SessionError`. */
  async choose(models: readonly ModelChoice[]): Promise<ModelSettings[]> {
    const source = models.find((model) => model.kind === "local")?.source ?? null;
    if (!isSame(this.switched.source, source)) this.switchTo(source);
    if (source) await this.switched.done;
    return models.map((model) => this.told(model));
  }

  dispose(): void {
    this.switched.control.abort(new SessionError("closed", "The session was closed."));
    this.local?.dispose();
  }

  private switchTo(source: LocalModelSource | null): void {
    this.switched.control.abort(new SessionError("replaced", "Another model was chosen."));
    const control = new AbortController();
    const done = this.change(source, control.signal);
    const switched = (this.switched = { source, control, done });
    done.catch(() => {
      if (this.switched === switched) this.switched = none(); // so that it can be tried again
    });
  }

  private async change(source: LocalModelSource | null, signal: AbortSignal): Promise<void> {
    if (this.local !== null) {
      if (isSame(this.local.source, source)) return;
      await abortable(this.idle(), signal);
      signal.throwIfAborted();
    }
    this.use(null); // memory seldom holds two models
    if (source) await this.load(source, signal);
  }

  private async load(source: LocalModelSource, signal: AbortSignal): Promise<void> {
    const { onProgress, baseUrl } = this;
    const model = await loadLocalModel(source, { onProgress, signal, baseUrl });
    if (!signal.aborted) return this.use(model);
    model.dispose();
    throw signal.reason;
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

function isSame(left: LocalModelSource | null, right: LocalModelSource | null): boolean {
  if (left === null || right === null) return left === right;
  return left.id === right.id && left.sha256 === right.sha256 && left.file === right.file;
}
