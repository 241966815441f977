/**
 * A session as the element sees it: an agent worker, its sandbox and its model behind one object.
 * `session.ts` makes the real one; tests and the gallery use a fake.
 */
import type {
  AgentSettings,
  Approve,
  GiveInput,
  Configure,
  FromAgent,
  ModelSettings,
  RunFinished,
  ToolCall,
  ToolReturn,
} from "../protocol";
import type { WireFormat } from "../providers";
import type { SessionError } from "./error";
import type { SavedState } from "./saved_state";

/** Options for each reply of a model; null leaves it to the model. */
export interface ReplyOptions {
  temperature: number | null;
  /** The longest reply, in tokens. */
  maxTokens: number | null;
}

/** A model that runs in the page, and what the page knows of it. */
export interface LocalModelSource {
  id: string;
  /** The engine: llama.cpp for a GGUF file, transformers.js for a repository, or the browser
   *  itself. */
  engine: "wllama" | "transformers" | "builtin";
  name: string;
  /** Address of the weights: beside the page, on the Hub, or any other that allows CORS. For
   *  transformers.js it is the repository's name on the Hub; for the browser's own model it is
   *  empty. */
  url: string;
  /** Null when it is unknown until the download. */
  bytes: number | null;
  /** Lower-case hex; null when the file cannot be verified, which the page then says. */
  sha256: string | null;
  /** SPDX name; null when unknown. */
  licence: string | null;
  /** The longest conversation that the model is given to read. */
  contextTokens: number;
  promptStyle: "full" | "short";
  /** One sentence for the person who chooses. */
  notes: string;
  /** Whether to offer it first. */
  default: boolean;
  /** A file from the person's disk, used instead of `url`. */
  file?: File;
}

/** A model that was chosen, with all that is needed to ask it. */
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
  /** More models, which together with `model` act as one. At most one of all may be local. */
  others: readonly ModelChoice[];
  /** Which model is asked first; the others are asked when it fails. */
  choose: Configure["choose"];
  agent: AgentSettings;
}

/** What is known of a download beside its progress. */
export interface DownloadFacts {
  /** How fast it goes; null while that is unknown. */
  bytesPerSecond: number | null;
  /** What a person should know of it, as a sentence; null when there is nothing. */
  note: string | null;
}

/** The progress of a start. `total` is null while the size is unknown. */
export interface Progress extends Partial<DownloadFacts> {
  stage: "runtime" | "agent" | "sandbox" | "packages" | "model" | "warmup";
  label: string;
  loaded: number;
  total: number | null;
}

/** A tool that the page offers. */
export interface HostTool {
  /** An identifier: code calls the tool as a function. */
  name: string;
  /** What the tool does and returns, for the model to read. */
  description: string;
  /** A JSON Schema of type `object`. */
  parameters: object;
  /** Whether a call changes anything, so that it must not be repeated unasked; true by default. */
  sideEffects?: boolean;
}

/** A person's decision whether a tool may run. */
export type Verdict = Omit<Approve, "type">;

/** What a person answers to code that asks. */
export type Reply = Omit<GiveInput, "type">;

/** Options of a task. */
export interface RunOptions {
  /** Files for the task: the code finds them by their names in its folder. */
  files?: readonly File[];
  /** JSON values by name: variables for the code, or values that a tool's argument may name. */
  args?: Record<string, unknown>;
  /** The step limit of this task; by default, the agent's own. */
  maxSteps?: number;
}

/** A task of `map`. */
export interface MapTask extends RunOptions {
  /** The text of the task. */
  task: string;
}

/** Options of `map`, for all its tasks. */
export interface MapOptions {
  /** The most agents that work at the same time; 3 by default. */
  concurrency?: number;
  /** Files for every task. */
  files?: readonly File[];
}

export type ToolHandler = (args: Record<string, unknown>) => unknown;
export type MessageListener = (message: FromAgent, buffers: ArrayBuffer[]) => void;
export type ProgressListener = (progress: Progress) => void;

/** Keeps a call of a page's tool, or its end. Resolves when it is on disk, or cannot be kept. Rejects
 *  if the call must not be made. */
export type CallKeeper = (message: ToolCall | ToolReturn) => Promise<void>;

export interface Session {
  /** Resolves when the agent worker answers. Rejects with `SessionError` in a browser that lacks
   *  what we need. */
  readonly ready: Promise<void>;
  /** Uses this model and these settings from the next run on. If the current run uses another local
   *  model, the new one is loaded after that run. Rejects with `SessionError`. */
  configure(settings: SessionSettings): Promise<void>;
  /** Runs a task. Resolves however the run ends. Rejects only when the task cannot be sent: a file
   *  cannot be read, or `args` are not JSON. */
  run(task: string, options?: RunOptions): Promise<RunFinished>;
  /** Runs several tasks at once, each with an agent that knows nothing of the others. A
   *  `batch_result` message reports each finished task. Resolves and rejects like `run`. */
  map(tasks: readonly MapTask[], options?: MapOptions): Promise<RunFinished>;
  /** Goes on with the interrupted run of the restored conversation. Resolves and rejects like
   *  `run`. */
  resume(): Promise<RunFinished>;
  /** Goes on with another conversation from the next run on, as it was kept. */
  restore(state: SavedState): void;
  /** What to keep of the conversation, so that `restore` can take it back. It changes with every
   *  message. */
  readonly saved: SavedState;
  /** Has calls of the page's tools kept: each before it is made, if it may have effects. */
  keepCalls(keep: CallKeeper): void;
  /** Ends the current task or batch within about a second, whatever it does. */
  stop(): void;
  /** Lets a run that waits for the network try again at once. */
  tryNow(): void;
  clear(): Promise<void>;
  /** Answers an `approval_requested`. Does nothing when the question is no longer open. */
  approve(verdict: Verdict): void;
  /** Answers an `input_requested`. Does nothing when the question is no longer open. */
  reply(reply: Reply): void;
  /** Calls `listener` for every message of the agent. Returns a function that stops that. */
  onMessage(listener: MessageListener): () => void;
  onProgress(listener: ProgressListener): () => void;
  /** Calls `listener` for errors outside of any call: the agent worker died and was restarted. */
  onError(listener: (error: SessionError) => void): () => void;
  dispose(): void;
}
