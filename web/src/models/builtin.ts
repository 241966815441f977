/**
 * The browser's own model, through the Prompt API: Chrome's `LanguageModel`
 * (https://webmachinelearning.github.io/prompt-api/). `local.ts` calls this.
 */
import { SessionError } from "../api/error";
import type { LocalModelSource } from "../api/session";
import type { Json, TokenUsage } from "../protocol";
import { abortable } from "./abortable";
import type {
  GenerateRequest,
  Generated,
  LocalModel,
  LocalModelOptions,
  Messages,
} from "./local_model";

interface PromptMessage {
  role: "system" | "user" | "assistant";
  content: string;
}

interface PromptOptions {
  signal?: AbortSignal;
  responseConstraint?: object;
}

/** A conversation. `inputUsage` and `inputQuota` are older names of the first two. */
interface PromptSession {
  readonly contextUsage?: number;
  readonly contextWindow?: number;
  readonly inputUsage?: number;
  readonly inputQuota?: number;
  promptStreaming(input: PromptMessage[], options?: PromptOptions): ReadableStream<string>;
  clone(options?: { signal?: AbortSignal }): Promise<PromptSession>;
  destroy(): void;
}

interface CreateOptions {
  expectedOutputs: { type: "text"; languages: string[] }[];
  initialPrompts?: PromptMessage[];
  signal?: AbortSignal;
  monitor?: (monitor: EventTarget) => void;
}

interface PromptApi {
  availability(
    options: CreateOptions,
  ): Promise<"unavailable" | "downloadable" | "downloading" | "available">;
  create(options: CreateOptions): Promise<PromptSession>;
}

/** Chrome wants to know the language in advance. It knows others too, but does not say which. */
const OUTPUTS: CreateOptions = { expectedOutputs: [{ type: "text", languages: ["en"] }] };
const CHARS_PER_TOKEN = 4;
const OLDEST_WINDOW = 4096;

/** Returns the browser's own model as one to choose; null when there is none. */
export async function builtinSource(): Promise<LocalModelSource | null> {
  const state = await promptApi()
    ?.availability(OUTPUTS)
    .catch(() => "unavailable");
  if (state === undefined || state === "unavailable") return null;
  return {
    id: "builtin",
    engine: "builtin",
    name: "The browser's own model",
    url: "",
    bytes: null,
    sha256: null,
    licence: null,
    contextTokens: OLDEST_WINDOW,
    promptStyle: "short",
    notes:
      state === "available"
        ? "It is on this device already."
        : "The browser first downloads some gigabytes, once for all sites.",
    default: false,
  };
}

export class BuiltinModel implements LocalModel {
  readonly followsSchema = true;
  readonly keepsPrompts = false;
  private last: Promise<unknown> = Promise.resolve();
  private readonly closed = new AbortController();

  private constructor(
    readonly source: LocalModelSource,
    private readonly api: PromptApi,
    private base: PromptSession,
    /** The fixed start of the conversation, which `base` has read. */
    private prefix = "",
  ) {}

  /** See `loadLocalModel`. */
  static async load(source: LocalModelSource, options: LocalModelOptions): Promise<BuiltinModel> {
    const { signal, onProgress } = options;
    const api = promptApi();
    if (api === null) throw notThere();
    const label = `Downloading ${source.name}`;
    const monitor = (target: EventTarget): void =>
      target.addEventListener("downloadprogress", (event) => {
        const { loaded } = event as ProgressEvent; // from 0 to 1
        onProgress?.({ stage: "model", label, loaded, total: 1 });
      });
    try {
      const base = await api.create({ ...OUTPUTS, monitor, ...(signal ? { signal } : {}) });
      return new BuiltinModel(source, api, base);
    } catch (error) {
      signal?.throwIfAborted();
      throw explained(error);
    }
  }

  get contextTokens(): number {
    return this.base.contextWindow ?? this.base.inputQuota ?? this.source.contextTokens;
  }

  async generate(
    request: GenerateRequest,
    onDelta: (text: string) => void,
    signal?: AbortSignal,
  ): Promise<Generated> {
    const ended = AbortSignal.any([this.closed.signal, ...(signal ? [signal] : [])]);
    const { system, turns } = split(request.messages);
    const run = this.last.then(async () => {
      ended.throwIfAborted();
      await this.read(system, ended);
      return this.answer(turns, request.schema ?? null, onDelta, ended);
    });
    this.last = run.catch(() => undefined);
    try {
      return { finishReason: "stop", tokenUsage: await abortable(run, ended) };
    } catch (error) {
      if (ended.aborted) throw ended.reason;
      throw explained(error);
    }
  }

  async warm(messages: Messages, signal?: AbortSignal): Promise<void> {
    const { system } = split(messages);
    const reading = this.last.then(() => this.read(system, signal));
    this.last = reading.catch(() => undefined);
    await abortable(reading, signal);
  }

  dispose(): void {
    this.closed.abort(new SessionError("closed", "The model was closed."));
    this.base.destroy();
  }

  /** Prepares a session that begins with this system prompt, to clone others from. */
  private async read(system: string, signal: AbortSignal | undefined): Promise<void> {
    if (system === this.prefix) return;
    const initialPrompts: PromptMessage[] = [{ role: "system", content: system }];
    const options = { ...OUTPUTS, ...(system ? { initialPrompts } : {}) };
    const base = await this.api.create({ ...options, ...(signal ? { signal } : {}) });
    this.base.destroy();
    this.base = base;
    this.prefix = system;
  }

  private async answer(
    turns: PromptMessage[],
    schema: { [key: string]: Json } | null,
    onDelta: (text: string) => void,
    signal: AbortSignal,
  ): Promise<TokenUsage> {
    const session = await this.base.clone({ signal });
    try {
      const options = { signal, ...(schema ? { responseConstraint: schema } : {}) };
      const pieces = session.promptStreaming(turns, options).getReader();
      let said = "";
      for (let next = await pieces.read(); !next.done; next = await pieces.read()) {
        if (signal.aborted) break;
        said += next.value;
        onDelta(next.value);
      }
      return usageOf(session, turns, said);
    } finally {
      session.destroy();
    }
  }
}

function promptApi(): PromptApi | null {
  return (globalThis as { LanguageModel?: PromptApi }).LanguageModel ?? null;
}

function split(messages: Messages): { system: string; turns: PromptMessage[] } {
  const turns = messages.map(({ role, content }) => ({
    role: role as PromptMessage["role"],
    content: String(content),
  }));
  const system = turns[0]?.role === "system" ? turns.shift()!.content : "";
  return { system, turns };
}

/** Estimates the tokens of the reply, because the browser counts question and reply together. */
function usageOf(session: PromptSession, turns: PromptMessage[], said: string): TokenUsage {
  const asked = turns.reduce((sum, { content }) => sum + content.length, 0) / CHARS_PER_TOKEN;
  const output = Math.ceil(said.length / CHARS_PER_TOKEN);
  const whole = session.contextUsage ?? session.inputUsage ?? Math.ceil(asked) + output;
  return {
    input_tokens: Math.max(whole - output, 0),
    output_tokens: output,
    cached_tokens: 0,
    cache_write_tokens: 0,
    estimated: true,
    cost_usd: null,
  };
}

function explained(error: unknown): SessionError {
  const { name = "", message = String(error) } = (error ?? {}) as Partial<Error>;
  if (name === "QuotaExceededError") {
    return new SessionError(
      "context_overflow",
      "The conversation is longer than the browser's model reads.",
      "Start a new conversation, or choose a larger model.",
    );
  }
  return new SessionError(
    "model",
    `The browser's model failed: ${message}`,
    name === "NotAllowedError"
      ? "It must be started by a click: open the settings and choose it again."
      : "Try again. If it fails again, choose another model.",
  );
}

function notThere(): SessionError {
  return new SessionError(
    "unsupported",
    "This browser brings no model of its own.",
    "Use a current Chrome on a computer, or choose another model.",
  );
}
