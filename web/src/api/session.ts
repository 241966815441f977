/**
 * What the element knows of a session: an agent worker, its sandbox and its model behind one
 * object. `session.ts` makes the real one; tests and the element's own development use a fake.
 */
import type {
  AgentSettings,
  Approve,
  Configure,
  FromAgent,
  ModelSettings,
  RunFinished,
} from "../protocol";
import type { WireFormat } from "../providers";
import type { SessionError } from "./error";

/** What each reply of a model is asked for; null leaves it to the model. */
export interface ReplyOptions {
  temperature: number | null;
  /** The longest that it may be. */
  maxTokens: number | null;
}

/** A model that runs in the page, and what the page knows of it. */
export interface LocalModelSource {
  id: string;
  /** What runs it: llama.cpp a GGUF file, transformers.js a repository, or the browser itself. */
  engine: "wllama" | "transformers" | "builtin";
  name: string;
  /** Where the weights are: beside the page, on the Hub, any address that allows CORS. For
   *  transformers.js the repository's name on the Hub; empty for the browser's own. */
  url: string;
  /** null when only the download will tell. */
  bytes: number | null;
  /** Lower-case hex; null means that nothing can be verified, and the page says so. */
  sha256: string | null;
  /** SPDX name; null when unknown. */
  licence: string | null;
  /** How much of a conversation the page lets the model read. */
  contextTokens: number;
  promptStyle: "full" | "short";
  /** One sentence for the person who chooses. */
  notes: string;
  /** The one to offer first. */
  default: boolean;
  /** Set for a file from the person's disk; then `url` is not fetched. */
  file?: File;
}

/** A model that was chosen. */
export type ModelChoice =
  | {
      kind: "endpoint";
      model: string;
      baseUrl: string;
      apiKey: string;
      format: WireFormat;
      promptStyle: ModelSettings["prompt_style"];
      thinking: boolean | null;
      contextTokens?: number;
      reply: ReplyOptions;
    }
  | { kind: "local"; source: LocalModelSource; reply: ReplyOptions }
  | { kind: "demo" };

export interface SessionSettings {
  model: ModelChoice;
  /** Further ones, which stand with `model` as one; of all of them one may be local. */
  others: readonly ModelChoice[];
  /** Which of several is asked first; the rest are asked where it fails. */
  choose: Configure["choose"];
  agent: AgentSettings;
}

/** How far a start has come. `total` is null while the size is unknown. */
export interface Progress {
  stage: "runtime" | "agent" | "sandbox" | "model" | "warmup";
  label: string;
  loaded: number;
  total: number | null;
}

/** A tool that the page offers; `parameters` is a JSON Schema of type `object`. */
export interface HostTool {
  name: string;
  description: string;
  parameters: object;
}

/** An agent that the page's agent may call; it has the same model and a sandbox of its own. */
export interface HostAgent {
  /** As a function in Python may be called. */
  name: string;
  /** What it can do, for the agent that calls it. */
  description: string;
  /** Added to its own prompt. */
  instructions?: string;
  /** Whether it writes Python, as it does by default, or calls tools. */
  kind?: "code" | "tool_calling";
  /** Names of the tools that it has; all by default. */
  tools?: string[];
  /** Its step limit; by default that of the agent that calls it. */
  maxSteps?: number;
  /** A plan before its first step and again after every so many; none by default. */
  planningInterval?: number;
  /** What one call may use, beside what is left to the agent that calls it. */
  maxRunTokens?: number;
  /** In US dollars. */
  maxRunCost?: number;
  maxRunSeconds?: number;
  /** Give the agent that calls it what was done beside the answer. */
  provideRunSummary?: boolean;
}

/** A person's word on a tool that asked for it. */
export type Verdict = Omit<Approve, "type">;

/** What may come with a task. */
export interface RunOptions {
  files?: readonly File[];
  /** Values by name, as JSON has them: variables of the code, or what a tool's argument may name. */
  args?: Record<string, unknown>;
  /** Step limit of this task; by default the agent's own. */
  maxSteps?: number;
}

/** A task of `map`. */
export interface MapTask extends RunOptions {
  task: string;
}

/** What may be said of all tasks of `map`. */
export interface MapOptions {
  /** How many agents work at the same time, at most; 3. */
  concurrency?: number;
  /** For every task. */
  files?: readonly File[];
}

export type ToolHandler = (args: Record<string, unknown>) => unknown;
export type MessageListener = (message: FromAgent, buffers: ArrayBuffer[]) => void;
export type ProgressListener = (progress: Progress) => void;

export interface Session {
  /** The agent worker answers. Rejects with `SessionError` in a browser that lacks what we need. */
  readonly ready: Promise<void>;
  /** Use this model and these settings from the next run on. A local model is loaded once the run
   *  that asks another one has ended. Rejects with `SessionError`. */
  configure(settings: SessionSettings): Promise<void>;
  /** Resolves for every ending of the run, success or not. Rejects only for what cannot be sent:
   *  unreadable files, or `args` that are no JSON. */
  run(task: string, options?: RunOptions): Promise<RunFinished>;
  /** Solves tasks at once, each with an agent that knows nothing of the others; a `batch_result`
   *  tells of each that is done. Resolves and rejects as `run`. */
  map(tasks: readonly MapTask[], options?: MapOptions): Promise<RunFinished>;
  stop(): void;
  clear(): Promise<void>;
  /** Answers an `approval_requested`. One that nobody asks any longer does nothing. */
  approve(verdict: Verdict): void;
  /** Hear every message of the agent. Returns the unsubscriber. */
  onMessage(listener: MessageListener): () => void;
  onProgress(listener: ProgressListener): () => void;
  /** Hear what went wrong outside of any call: the agent worker died and was started again. */
  onError(listener: (error: SessionError) => void): () => void;
  dispose(): void;
}
