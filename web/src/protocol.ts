/** The messages of pyagent/protocol. Made by build/protocol_ts.py: do not edit. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A MIME bundle as in Jupyter: media type → data. */
export type Bundle = { [mediaType: string]: Json };

export type Scalar = "int" | "float" | "str" | "bool" | "json";

/** How a field is declared, for wire.ts. */
export type FieldType =
  | Scalar
  | { literal: readonly string[] }
  | { list: FieldType }
  | { dict: FieldType }
  | { optional: FieldType }
  | { part: PartName };
export type Declaration = { readonly [field: string]: { type: FieldType; default?: Json } };

export const MAX_FILE_BYTES = 134217728;

/** A file in the sandbox's work folder. */
export interface FileInfo {
  /** Relative to the work folder, with forward slashes, never with `..`. */
  path: string;
  size_bytes: number;
  media_type: string;
}

/** One parameter of a tool. */
export interface ToolParameter {
  name: string;
  /** The type, as Python source. Nothing runs it. */
  hint: string;
  /** How arguments are passed: in either way, or only by name. `more` stands for every other
   * argument by name, as `**name` does. */
  kind: "usual" | "keyword_only" | "more";
  required: boolean;
  /** The default as the only item, or nothing if there is none that JSON can hold. */
  default: Json[];
}

/** What a guest must know to offer a tool as a function. */
export interface ToolStub {
  name: string;
  /** The text that people and models read: `(query: str, limit: int = 5) -> str`. */
  signature: string;
  doc: string;
  /** The parameters by which calls are bound. */
  parameters: ToolParameter[];
  /** The result's type, as Python source. */
  returns: string;
}

/** An exception, as the model and the person read it. */
export interface ErrorInfo {
  /** The exception's class name: `ZeroDivisionError`. */
  type: string;
  message: string;
  /** The line in the executed code, counted from 1; null when the error is not in that code. */
  line: number | null;
  source_line: string | null;
  /** The frames of the executed code only, shortened. */
  traceback: string;
  /** Whether other code may succeed; false means that the run should end. */
  can_retry: boolean;
}

/** The value that the code passed to `final_answer`. */
export interface Answer {
  /** The value itself if JSON can hold it without loss, else its text. */
  value: Json;
  bundle: { [key: string]: Json };
}

/** Run code in the guest's lasting namespace. Answered by `Executed`. */
export interface Execute {
  type: "execute";
  id: number;
  code: string;
}

/** Replace the functions that stand for host tools. */
export interface DefineTools {
  type: "define_tools";
  tools: ToolStub[];
}

/** Bind names in the guest's namespace. */
export interface SetVariables {
  type: "set_variables";
  variables: { [key: string]: Json };
}

/** The end of a `ToolCall`: a value, or an error. */
export interface ToolReturn {
  type: "tool_return";
  call_id: number;
  value: Json;
  error: ErrorInfo | null;
}

/** Put a file into the work folder. One buffer: the file's bytes. */
export interface WriteFile {
  type: "write_file";
  path: string;
}

/** Ask for a file from the work folder. Answered by `FileContent`. */
export interface ReadFile {
  type: "read_file";
  id: number;
  path: string;
}

/** Ask for the guest's variables and files. Answered by `CheckpointTaken`. */
export interface TakeCheckpoint {
  type: "take_checkpoint";
  id: number;
  /** Include the files even if they outlive the guest, in which case a checkpoint skips them. */
  with_files: boolean;
}

/** Load a checkpoint. One buffer: the checkpoint. Answered by `CheckpointRestored`. */
export interface RestoreCheckpoint {
  type: "restore_checkpoint";
  id: number;
}

/** The end of a `PackageRequest`. One buffer: the body (empty on error). */
export interface PackageResponse {
  type: "package_response";
  id: number;
  status: number;
  content_type: string;
  error: string;
}

/** Install and import modules ahead of code that is being written. Not answered.
 *
 * The namespace stays as it is, and what fails is left to the code's own import. */
export interface Preload {
  type: "preload";
  /** Dotted names. */
  modules: string[];
}

/** The guest can run code. */
export interface GuestReady {
  type: "guest_ready";
  /** The version of Python: `3.14.2`. */
  python: string;
}

/** Text that the code printed. */
export interface Output {
  type: "output";
  id: number;
  stream: "stdout" | "stderr";
  text: string;
}

/** Something that the code showed with `display`. */
export interface Display {
  type: "display";
  id: number;
  bundle: { [key: string]: Json };
}

/** The code waits for a host tool. Answered by `ToolReturn`. */
export interface ToolCall {
  type: "tool_call";
  call_id: number;
  name: string;
  args: Json[];
  kwargs: { [key: string]: Json };
}

/** The guest's installer needs the content of a URL. Answered by `PackageResponse`. */
export interface PackageRequest {
  type: "package_request";
  id: number;
  url: string;
}

/** The end of an `Execute`. */
export interface Executed {
  type: "executed";
  id: number;
  /** The value of the last expression; null when there was none, or when it was null. */
  value: { [key: string]: Json } | null;
  /** Set when the code called `final_answer`. */
  answer: Answer | null;
  error: ErrorInfo | null;
  /** The names that this code bound or rebound → the value as short text. */
  variables: { [key: string]: string };
  /** The files that this code created or changed. */
  files: FileInfo[];
}

/** The end of a `ReadFile`. One buffer: the bytes (empty on error). */
export interface FileContent {
  type: "file_content";
  id: number;
  error: string;
}

/** The end of a `TakeCheckpoint`.
 *
 * One buffer: the checkpoint, which only a guest can read (empty if taking it was interrupted). */
export interface CheckpointTaken {
  type: "checkpoint_taken";
  id: number;
  /** The names that could not be kept → why. */
  skipped: { [key: string]: string };
}

/** The end of a `RestoreCheckpoint`. */
export interface CheckpointRestored {
  type: "checkpoint_restored";
  id: number;
  names: string[];
  /** The names that could not be restored → why. */
  failed: { [key: string]: string };
  /** Why nothing could be restored: the bytes are no checkpoint. */
  error: string;
}

/** Tokens that the provider counted, or that we estimated when it did not. */
export interface TokenUsage {
  input_tokens: number;
  output_tokens: number;
  /** The part of `input_tokens` that the provider read from its cache. */
  cached_tokens: number;
  /** The part of `input_tokens` that the provider wrote to its cache, which may cost more. */
  cache_write_tokens: number;
  estimated: boolean;
  /** The cost in US dollars; null when no price is known. */
  cost_usd: number | null;
}

/** What went wrong, for a person to read: an `AgentError` on the wire. */
export interface Problem {
  /** `AgentError.kind`. */
  kind: string;
  message: string;
  advice: string;
}

/** A run began. */
export interface RunStarted {
  type: "run_started";
  run_id: string;
  task: string;
  files: FileInfo[];
  /** The agent's name; empty when it has none. */
  agent: string;
  /** The run that called this managed agent; empty for a run that a person started. */
  parent_run_id: string;
  /** The tool call of the parent run that started this one. */
  parent_call_id: number | null;
  /** The name of the model that is asked. */
  model: string;
}

/** A run that was interrupted goes on after `step`. What came after that step is void. */
export interface RunResumed {
  type: "run_resumed";
  run_id: string;
  step: number;
  /** The names of variables and files that could not be kept → why. */
  lost: { [key: string]: string };
}

/** A step began: the model is asked next. Steps count from 1. */
export interface StepStarted {
  type: "step_started";
  run_id: string;
  step: number;
  /** Whether the steps are used up and the model is asked for its best answer only. */
  is_last_answer: boolean;
}

/** A piece of the model's reply as it streams. */
export interface ModelDelta {
  type: "model_delta";
  run_id: string;
  step: number;
  text: string;
  channel: "text" | "reasoning" | "plan";
}

/** The model made a first or a new plan before `step`. */
export interface Planned {
  type: "planned";
  run_id: string;
  step: number;
  /** Markdown. */
  plan: string;
  token_usage: TokenUsage;
  seconds: number;
}

/** The reply is complete: the text around the code, and the code (empty when there is none). */
export interface ModelReplied {
  type: "model_replied";
  run_id: string;
  step: number;
  thought: string;
  code: string;
  token_usage: TokenUsage;
  seconds: number;
}

/** Text that the step's code printed. */
export interface StepOutput {
  type: "step_output";
  run_id: string;
  step: number;
  stream: "stdout" | "stderr";
  text: string;
}

/** Something that the step's code showed. */
export interface StepDisplay {
  type: "step_display";
  run_id: string;
  step: number;
  bundle: { [key: string]: Json };
}

/** A tool was called. */
export interface ToolStarted {
  type: "tool_started";
  run_id: string;
  step: number;
  call_id: number;
  name: string;
  arguments: { [key: string]: Json };
}

/** A tool waits until a person allows or refuses its call. Answered by `Approve`. */
export interface ApprovalRequested {
  type: "approval_requested";
  run_id: string;
  step: number;
  call_id: number;
  name: string;
  /** Whole, unlike those of `ToolStarted`: the person who allows the call must see all of it.
   * Only images are given in words, such as `[image 640x480]`. */
  arguments: { [key: string]: Json };
  /** Why the person is asked now, in a sentence; empty if every call of the tool is asked. */
  reason: string;
}

/** Code waits until a person answers its `input()`. Answered by `GiveInput`. */
export interface InputRequested {
  type: "input_requested";
  run_id: string;
  step: number;
  call_id: number;
  /** What the code asks. It is the code's text, not ours. */
  prompt: string;
  /** Whether the answer must not be seen: the code called `getpass()`. */
  secret: boolean;
}

/** A tool returned or failed. */
export interface ToolFinished {
  type: "tool_finished";
  run_id: string;
  step: number;
  call_id: number;
  name: string;
  /** The start of the returned value's text; empty on error. */
  preview: string;
  error: ErrorInfo | null;
  seconds: number;
}

/** The code created or changed a file. One buffer: the file's bytes. */
export interface FileProduced {
  type: "file_produced";
  run_id: string;
  step: number;
  file: FileInfo;
}

/** A step ended. */
export interface StepFinished {
  type: "step_finished";
  run_id: string;
  step: number;
  value: { [key: string]: Json } | null;
  /** The names that the step's code bound or rebound → the value as short text. */
  variables: { [key: string]: string };
  /** What went wrong. Its `can_retry` says whether the model tries again or the run ends. */
  error: ErrorInfo | null;
  /** The time of the whole step, including the model's. */
  seconds: number;
}

/** Something that a person should know and that is not a step: a retry, a shortened memory. */
export interface Notice {
  type: "notice";
  run_id: string;
  level: "info" | "warning";
  message: string;
  /** The seconds until the model is asked again, if the notice is about that. */
  retry_in_s: number | null;
  /** Whether the reply that streamed so far is void, because it broke off. Nothing of it was done;
   * the model is asked for it again. */
  drops_reply: boolean;
}

/** The run waits for something outside of it. It goes on by itself; see `PauseEnded`.
 *
 * A page may ask it to go on at once with `TryNow`. */
export interface RunPaused {
  type: "run_paused";
  run_id: string;
  /** `offline`: the model cannot be reached, because the network is gone. */
  reason: "offline";
  message: string;
}

/** The run goes on after a pause.
 *
 * After a sleep of the tab it comes without `RunPaused`, because nothing could run. */
export interface PauseEnded {
  type: "pause_ended";
  run_id: string;
  /** `asleep`: the tab or the machine slept. */
  reason: "offline" | "asleep";
  message: string;
  /** How long the pause was. No limit of time counts it. */
  seconds: number;
}

/** The run ended, one way or another. */
export interface RunFinished {
  type: "run_finished";
  run_id: string;
  success: boolean;
  reason: "answered" | "max_steps" | "limit" | "error" | "cancelled";
  output: Json;
  bundle: { [key: string]: Json } | null;
  problem: Problem | null;
  token_usage: TokenUsage;
  steps: number;
  seconds: number;
}

/** Which model an agent worker uses. */
export interface ModelSettings {
  /** A wire format (`openai` means chat completions), a model that the page runs (`page`), or
   * the fixed demonstration (`demo`). */
  kind: "openai" | "responses" | "anthropic" | "gemini" | "page" | "demo";
  model: string;
  base_url: string;
  api_key: string;
  prompt_style: "full" | "short";
  /** Whether models of `anthropic` and `gemini` think; null for the model's own default. */
  thinking: boolean | null;
  context_tokens: number | null;
  max_tokens: number | null;
  temperature: number | null;
  /** Whether a model that the page runs follows `PageModelRequest.schema`. */
  supports_schema: boolean;
}

/** What one run may use, managed agents included; null for no limit.
 *
 * Tokens and cost are counted when a reply ends, so replies under way may go beyond a limit; a
 * reply that ends early is counted by estimate. Seconds hold at once. The run then ends with the
 * reason `limit`. A cost limit needs a model whose price is known; a run warns where it is not. */
export interface Limits {
  /** Input and output together. */
  tokens: number | null;
  /** In US dollars. */
  cost_usd: number | null;
  /** For the whole run, unlike the time that the code of one step may take. */
  seconds: number | null;
}

/** How an agent worker's agent behaves. */
export interface AgentSettings {
  /** Whether the model writes Python (`code`) or calls tools as JSON (`tool_calling`). */
  kind: "code" | "tool_calling";
  /** Added to the system prompt. */
  instructions: string;
  /** The most steps of one run. After them, the model is asked for its best answer. */
  max_steps: number;
  /** How many of the latest tasks the model is shown; null for all. */
  memory_size: number | null;
  /** The longest time that one step's code may run, including tools, in seconds. After it, the
   * step fails with a `TimeoutError` and the run goes on; the limit of seconds ends the run. */
  deadline_s: number;
  /** Plan before the first step and again after every this many steps; null for no plans. */
  planning_interval: number | null;
  /** Ask for JSON that holds the code, if the model follows a schema. Only for `code`. */
  structured_output: boolean;
  /** The tools whose calls a person must allow; `*` for all tools. */
  approve: string[];
  /** What one run may use, managed agents included; null for no limit. */
  limits: Limits;
}

/** Use this model and these settings from the next run on. The conversation stays. */
export interface Configure {
  type: "configure";
  model: ModelSettings;
  /** More models; together with `model` they act as one. */
  others: ModelSettings[];
  /** Which of several models is asked first; if it fails, the others are asked. */
  choose: "first" | "round_robin" | "least_loaded";
  agent: AgentSettings;
}

/** `Configure` took effect, or `problem` says why not. */
export interface Configured {
  type: "configured";
  problem: Problem | null;
}

/** Offer a tool of the page to the agent. */
export interface AddTool {
  type: "add_tool";
  name: string;
  description: string;
  /** A JSON Schema of type `object`. */
  parameters: { [key: string]: Json };
  /** Whether a call may change something. If not, a run that was interrupted may call again. */
  side_effects: boolean;
}

/** Take back a tool of the page. */
export interface RemoveTool {
  type: "remove_tool";
  name: string;
}

/** Let the agent call another agent, which has the same model and a sandbox of its own. */
export interface AddAgent {
  type: "add_agent";
  /** An identifier: code calls the agent as a function. */
  name: string;
  /** What the agent can do, for the calling agent to read. */
  description: string;
  /** Added to its system prompt. */
  instructions: string;
  /** Whether the model writes Python (`code`) or calls tools as JSON (`tool_calling`). */
  kind: "code" | "tool_calling";
  /** The names of its tools; null for all tools of the calling agent. */
  tools: string[] | null;
  /** The most steps for one call; null for as many as the calling agent may take. */
  max_steps: number | null;
  /** Plan before the first step and again after every this many steps; null for no plans. */
  planning_interval: number | null;
  /** What one call may use, and never more than the calling agent has left. */
  limits: Limits;
  /** Give the calling agent a summary of the steps, besides the answer. */
  provide_run_summary: boolean;
}

/** Take back an agent that `AddAgent` added. */
export interface RemoveAgent {
  type: "remove_agent";
  name: string;
}

/** Let the model that the page runs read ahead what later requests will begin with. */
export interface PageModelPrepare {
  type: "page_model_prepare";
  /** The same form as in `PageModelRequest`. */
  messages: { [key: string]: Json }[];
  /** Other prompts that a request may begin with, to read after the first. */
  later: { [key: string]: Json }[][];
}

/** Generate with the model that the page runs. */
export interface PageModelRequest {
  type: "page_model_request";
  request_id: number;
  /** OpenAI chat messages: `{"role", "content"}`, with the content as text. */
  messages: { [key: string]: Json }[];
  stop: string[];
  max_tokens: number | null;
  temperature: number | null;
  /** A JSON Schema that the reply must follow. */
  schema: { [key: string]: Json } | null;
}

/** Nobody waits for this reply any longer. */
export interface PageModelCancel {
  type: "page_model_cancel";
  request_id: number;
}

/** The page model has read the conversation. A reply that is cut short has no other count. */
export interface PageModelRead {
  type: "page_model_read";
  request_id: number;
  input_tokens: number;
  /** The part of `input_tokens` that the model had read before. */
  cached_tokens: number;
}

/** A piece of the page model's reply. */
export interface PageModelDelta {
  type: "page_model_delta";
  request_id: number;
  text: string;
}

/** The page model's reply is complete. */
export interface PageModelDone {
  type: "page_model_done";
  request_id: number;
  finish_reason: "stop" | "length";
  token_usage: TokenUsage;
}

/** The page model could not answer. */
export interface PageModelFailed {
  type: "page_model_failed";
  request_id: number;
  problem: Problem;
}

/** What a new worker must be given to go on from here. Sent before the run's first step, after
 * each step and at the end of the run.
 *
 * One buffer if `checkpoint` is `"new"`: the variables and files of the agent's sandbox. */
export interface SavePoint {
  type: "save_point";
  run_id: string;
  /** The last step that ended; 0 before the first one. */
  step: number;
  /** Whether the run has ended, so that there is nothing to resume. */
  is_over: boolean;
  /** The parts of the conversation that are new or changed since the last `SavePoint`. */
  parts: { [key: string]: Json };
  /** The names of parts that are gone since then. */
  removed: string[];
  /** `"same"` if the sandbox's checkpoint is that of the last `SavePoint`. */
  checkpoint: "none" | "same" | "new";
  /** The names of variables and files that the checkpoint does not hold → why. */
  lost: { [key: string]: string };
}

/** `RestoreConversation` is done. */
export interface ConversationRestored {
  type: "conversation_restored";
  /** What could not be taken back, and why. If its kind is `damaged`, the agent goes on with the
   * rest; otherwise it knows nothing of the conversation. */
  problem: Problem | null;
}

/** Take back a conversation, in place of the one that the agent has.
 *
 * Sent after `Configure`, while no run is going on. One buffer per file, in the order of
 * `files`, and then one if a checkpoint was kept. */
export interface RestoreConversation {
  type: "restore_conversation";
  /** The latest part of each name, from all `SavePoint` messages of the conversation. */
  parts: { [key: string]: Json };
  /** That of the last `SavePoint`. */
  lost: { [key: string]: string };
  /** The files that came with tasks, for the tools that read them. Of several with the same path
   * it is the last one; the order is that in which the paths first came. */
  files: FileInfo[];
  /** Whether another such message follows with more parts, as one message holds only so much.
   * The last one is answered; it brings `lost`, the files and the checkpoint. */
  more: boolean;
}

/** A call of a page's tool in the step that was interrupted. */
export interface CallMade {
  name: string;
  args: Json[];
  kwargs: { [key: string]: Json };
  /** Whether it is known how the call ended. If not, it may have had its effect. */
  is_known: boolean;
  value: Json;
  error: ErrorInfo | null;
}

/** Go on with the run that the restored conversation ends with, after its last finished step.
 *
 * The events have the run's old id. `RunResumed` comes first. */
export interface ResumeRun {
  type: "resume_run";
  run_id: string;
  /** That of `StartRun`. */
  max_steps: number | null;
  /** The calls of the interrupted step, in order: those after the first `SavePoint` with the
   * last `step`. If that step was begun several times, the calls of all attempts. A call that is
   * made again with the same arguments gets the known result; if none is known, the person is asked
   * whether to repeat it. */
  calls: CallMade[];
}

/** Solve a task. One buffer per file, in the order of `files`. */
export interface StartRun {
  type: "start_run";
  run_id: string;
  task: string;
  files: FileInfo[];
  /** Values for the task, by name. */
  additional_args: { [key: string]: Json };
  /** The limit for this run; null for the agent's own limit. */
  max_steps: number | null;
}

/** One task of `StartBatch`; its fields mean the same as those of `StartRun`. */
export interface BatchTask {
  task: string;
  files: FileInfo[];
  additional_args: { [key: string]: Json };
  max_steps: number | null;
}

/** Solve many tasks at once, each with a copy of the agent that knows nothing of the others.
 *
 * Its events are those of a run with the id `batch_id` that calls an agent for each task. Each
 * result also comes as a `BatchResult`. One buffer per file: those of `files`, then those of
 * each task. */
export interface StartBatch {
  type: "start_batch";
  batch_id: string;
  tasks: BatchTask[];
  /** The files that every task gets. */
  files: FileInfo[];
  /** The most tasks at a time; fewer if there are not enough sandboxes. */
  concurrency: number;
}

/** End the run or batch now; it finishes as cancelled. */
export interface StopRun {
  type: "stop_run";
  run_id: string;
}

/** Answers `ApprovalRequested`. */
export interface Approve {
  type: "approve";
  run_id: string;
  call_id: number;
  allowed: boolean;
  /** Why the call is not allowed, for the model to read. */
  reason: string;
}

/** Answers `InputRequested`. */
export interface GiveInput {
  type: "give_input";
  run_id: string;
  call_id: number;
  /** null if the person does not answer; the code then gets an `EOFError`. */
  text: string | null;
}

/** Forget the conversation and start with an empty sandbox. */
export interface ClearConversation {
  type: "clear_conversation";
}

/** The browser says that the network is gone or back. */
export interface NetworkChanged {
  type: "network_changed";
  online: boolean;
}

/** Let every run that is paused for the network try again now. */
export interface TryNow {
  type: "try_now";
}

/** A new sandbox is ready; its port came with this message. Answers `SandboxRequest`. */
export interface SandboxAttached {
  type: "sandbox_attached";
  sandbox: number;
  generation: number;
}

/** The sandbox is gone or could not be started. */
export interface SandboxLost {
  type: "sandbox_lost";
  sandbox: number;
  generation: number;
  reason: string;
}

/** The agent worker takes messages. */
export interface AgentReady {
  type: "agent_ready";
  version: string;
}

/** `StopRun` was heard; `RunFinished` follows. A page gives up a worker that is silent. */
export interface Stopping {
  type: "stopping";
  run_id: string;
}

/** `ClearConversation` is done. */
export interface Cleared {
  type: "cleared";
}

/** The totals of all tasks so far, sent before the `RunFinished` of each task. */
export interface Totals {
  type: "totals";
  runs: number;
  steps: number;
  token_usage: TokenUsage;
  seconds: number;
}

/** The totals of the tasks of a batch that are done. */
export interface BatchTotals {
  done: number;
  answered: number;
  /** The reason for which a run ended → how many runs. */
  counts: { [key: string]: number };
  token_usage: TokenUsage;
  /** The time since the batch began. */
  seconds: number;
}

/** A task of a batch is done, one way or another. One buffer per file that its code made. */
export interface BatchResult {
  type: "batch_result";
  batch_id: string;
  /** The task's place in the batch, counted from 0. */
  index: number;
  result: RunFinished;
  files: FileInfo[];
  totals: BatchTotals;
}

/** Kill this sandbox's older generation and attach a new one. Others are left alone. */
export interface SandboxRequest {
  type: "sandbox_request";
  /** Which sandbox, when several agents have one each. */
  sandbox: number;
  generation: number;
}

/** Kill this sandbox; nobody needs it any longer. */
export interface SandboxReleased {
  type: "sandbox_released";
  sandbox: number;
}

/** A packed wheel in the site's folder of packages. */
export interface PackageFile {
  /** The package's name. */
  name: string;
  file: string;
  /** Of the packed file, in hex. */
  sha256: string;
  /** Of the packed file. */
  bytes: number;
}

/** Have spare sandboxes import these modules ahead, in place of those of earlier messages. */
export interface SandboxPackages {
  type: "sandbox_packages";
  modules: string[];
  /** The wheels that the modules need, what others need first. */
  files: PackageFile[];
}

/** What one run may use, managed agents included; null for no limit.
 *
 * Tokens and cost are counted when a reply ends, so replies under way may go beyond a limit; a
 * reply that ends early is counted by estimate. Seconds hold at once. The run then ends with the
 * reason `limit`. A cost limit needs a model whose price is known; a run warns where it is not. */
export interface LimitsConfig {
  /** Input and output together. */
  tokens?: number | null;
  /** In US dollars. */
  costUsd?: number | null;
  /** For the whole run, unlike the time that the code of one step may take. */
  seconds?: number | null;
}

/** How an agent worker's agent behaves. */
export interface AgentConfig {
  /** Whether the model writes Python (`code`) or calls tools as JSON (`tool_calling`). */
  kind?: "code" | "tool_calling";
  /** Added to the system prompt. */
  instructions?: string;
  /** The most steps of one run. After them, the model is asked for its best answer. */
  maxSteps?: number;
  /** How many of the latest tasks the model is shown; null for all. */
  memorySize?: number | null;
  /** The longest time that one step's code may run, including tools, in seconds. After it, the
   * step fails with a `TimeoutError` and the run goes on; the limit of seconds ends the run. */
  deadlineS?: number;
  /** Plan before the first step and again after every this many steps; null for no plans. */
  planningInterval?: number | null;
  /** Ask for JSON that holds the code, if the model follows a schema. Only for `code`. */
  structuredOutput?: boolean;
  /** The tools whose calls a person must allow; `*` for all tools. */
  approve?: string[];
  /** What one run may use, managed agents included; null for no limit. */
  limits?: LimitsConfig;
}

/** Let the agent call another agent, which has the same model and a sandbox of its own. */
export interface HostAgent {
  /** An identifier: code calls the agent as a function. */
  name: string;
  /** What the agent can do, for the calling agent to read. */
  description: string;
  /** Added to its system prompt. */
  instructions?: string;
  /** Whether the model writes Python (`code`) or calls tools as JSON (`tool_calling`). */
  kind?: "code" | "tool_calling";
  /** The names of its tools; null for all tools of the calling agent. */
  tools?: string[] | null;
  /** The most steps for one call; null for as many as the calling agent may take. */
  maxSteps?: number | null;
  /** Plan before the first step and again after every this many steps; null for no plans. */
  planningInterval?: number | null;
  /** What one call may use, and never more than the calling agent has left. */
  limits?: LimitsConfig;
  /** Give the calling agent a summary of the steps, besides the answer. */
  provideRunSummary?: boolean;
}

export type ToGuest =
  | Execute
  | DefineTools
  | SetVariables
  | ToolReturn
  | WriteFile
  | ReadFile
  | TakeCheckpoint
  | RestoreCheckpoint
  | Preload
  | PackageResponse;

export type FromGuest =
  | GuestReady
  | Output
  | Display
  | ToolCall
  | PackageRequest
  | Executed
  | FileContent
  | CheckpointTaken
  | CheckpointRestored;

export type Event =
  | RunStarted
  | RunResumed
  | StepStarted
  | ModelDelta
  | Planned
  | ModelReplied
  | StepOutput
  | StepDisplay
  | ToolStarted
  | ApprovalRequested
  | InputRequested
  | ToolFinished
  | FileProduced
  | StepFinished
  | Notice
  | RunPaused
  | PauseEnded
  | RunFinished;

export type ToAgent =
  | Configure
  | StartRun
  | StartBatch
  | ResumeRun
  | StopRun
  | Approve
  | GiveInput
  | ClearConversation
  | RestoreConversation
  | AddTool
  | RemoveTool
  | AddAgent
  | RemoveAgent
  | ToolReturn
  | NetworkChanged
  | TryNow
  | SandboxAttached
  | SandboxLost
  | PageModelRead
  | PageModelDelta
  | PageModelDone
  | PageModelFailed;

export type FromAgent =
  | AgentReady
  | Configured
  | Cleared
  | ConversationRestored
  | SavePoint
  | Stopping
  | Totals
  | BatchResult
  | SandboxRequest
  | SandboxReleased
  | SandboxPackages
  | ToolCall
  | PageModelRequest
  | PageModelPrepare
  | PageModelCancel
  | RunStarted
  | RunResumed
  | StepStarted
  | ModelDelta
  | Planned
  | ModelReplied
  | StepOutput
  | StepDisplay
  | ToolStarted
  | ApprovalRequested
  | InputRequested
  | ToolFinished
  | FileProduced
  | StepFinished
  | Notice
  | RunPaused
  | PauseEnded
  | RunFinished;

/** Name of a declaration → what is declared. */
export interface Parts {
  FileInfo: FileInfo;
  ToolParameter: ToolParameter;
  ToolStub: ToolStub;
  ErrorInfo: ErrorInfo;
  Answer: Answer;
  Execute: Execute;
  DefineTools: DefineTools;
  SetVariables: SetVariables;
  ToolReturn: ToolReturn;
  WriteFile: WriteFile;
  ReadFile: ReadFile;
  TakeCheckpoint: TakeCheckpoint;
  RestoreCheckpoint: RestoreCheckpoint;
  PackageResponse: PackageResponse;
  Preload: Preload;
  GuestReady: GuestReady;
  Output: Output;
  Display: Display;
  ToolCall: ToolCall;
  PackageRequest: PackageRequest;
  Executed: Executed;
  FileContent: FileContent;
  CheckpointTaken: CheckpointTaken;
  CheckpointRestored: CheckpointRestored;
  TokenUsage: TokenUsage;
  Problem: Problem;
  RunStarted: RunStarted;
  RunResumed: RunResumed;
  StepStarted: StepStarted;
  ModelDelta: ModelDelta;
  Planned: Planned;
  ModelReplied: ModelReplied;
  StepOutput: StepOutput;
  StepDisplay: StepDisplay;
  ToolStarted: ToolStarted;
  ApprovalRequested: ApprovalRequested;
  InputRequested: InputRequested;
  ToolFinished: ToolFinished;
  FileProduced: FileProduced;
  StepFinished: StepFinished;
  Notice: Notice;
  RunPaused: RunPaused;
  PauseEnded: PauseEnded;
  RunFinished: RunFinished;
  ModelSettings: ModelSettings;
  Limits: Limits;
  AgentSettings: AgentSettings;
  Configure: Configure;
  Configured: Configured;
  AddTool: AddTool;
  RemoveTool: RemoveTool;
  AddAgent: AddAgent;
  RemoveAgent: RemoveAgent;
  PageModelPrepare: PageModelPrepare;
  PageModelRequest: PageModelRequest;
  PageModelCancel: PageModelCancel;
  PageModelRead: PageModelRead;
  PageModelDelta: PageModelDelta;
  PageModelDone: PageModelDone;
  PageModelFailed: PageModelFailed;
  SavePoint: SavePoint;
  ConversationRestored: ConversationRestored;
  RestoreConversation: RestoreConversation;
  CallMade: CallMade;
  ResumeRun: ResumeRun;
  StartRun: StartRun;
  BatchTask: BatchTask;
  StartBatch: StartBatch;
  StopRun: StopRun;
  Approve: Approve;
  GiveInput: GiveInput;
  ClearConversation: ClearConversation;
  NetworkChanged: NetworkChanged;
  TryNow: TryNow;
  SandboxAttached: SandboxAttached;
  SandboxLost: SandboxLost;
  AgentReady: AgentReady;
  Stopping: Stopping;
  Cleared: Cleared;
  Totals: Totals;
  BatchTotals: BatchTotals;
  BatchResult: BatchResult;
  SandboxRequest: SandboxRequest;
  SandboxReleased: SandboxReleased;
  PackageFile: PackageFile;
  SandboxPackages: SandboxPackages;
}
export type PartName = keyof Parts;

export const declarations: { [name in PartName]: Declaration } = {
  FileInfo: {"path": {"type": "str"}, "size_bytes": {"type": "int"}, "media_type": {"type": "str"}},
  ToolParameter: {"name": {"type": "str"}, "hint": {"type": "str", "default": "Any"}, "kind": {"type": {"literal": ["usual", "keyword_only", "more"]}, "default": "usual"}, "required": {"type": "bool", "default": false}, "default": {"type": {"list": "json"}, "default": []}},
  ToolStub: {"name": {"type": "str"}, "signature": {"type": "str"}, "doc": {"type": "str"}, "parameters": {"type": {"list": {"part": "ToolParameter"}}, "default": []}, "returns": {"type": "str", "default": "Any"}},
  ErrorInfo: {"type": {"type": "str"}, "message": {"type": "str"}, "line": {"type": {"optional": "int"}, "default": null}, "source_line": {"type": {"optional": "str"}, "default": null}, "traceback": {"type": "str", "default": ""}, "can_retry": {"type": "bool", "default": true}},
  Answer: {"value": {"type": "json"}, "bundle": {"type": {"dict": "json"}}},
  Execute: {"type": {"type": {"literal": ["execute"]}}, "id": {"type": "int"}, "code": {"type": "str"}},
  DefineTools: {"type": {"type": {"literal": ["define_tools"]}}, "tools": {"type": {"list": {"part": "ToolStub"}}}},
  SetVariables: {"type": {"type": {"literal": ["set_variables"]}}, "variables": {"type": {"dict": "json"}}},
  ToolReturn: {"type": {"type": {"literal": ["tool_return"]}}, "call_id": {"type": "int"}, "value": {"type": "json", "default": null}, "error": {"type": {"optional": {"part": "ErrorInfo"}}, "default": null}},
  WriteFile: {"type": {"type": {"literal": ["write_file"]}}, "path": {"type": "str"}},
  ReadFile: {"type": {"type": {"literal": ["read_file"]}}, "id": {"type": "int"}, "path": {"type": "str"}},
  TakeCheckpoint: {"type": {"type": {"literal": ["take_checkpoint"]}}, "id": {"type": "int"}, "with_files": {"type": "bool", "default": false}},
  RestoreCheckpoint: {"type": {"type": {"literal": ["restore_checkpoint"]}}, "id": {"type": "int"}},
  PackageResponse: {"type": {"type": {"literal": ["package_response"]}}, "id": {"type": "int"}, "status": {"type": "int"}, "content_type": {"type": "str", "default": ""}, "error": {"type": "str", "default": ""}},
  Preload: {"type": {"type": {"literal": ["preload"]}}, "modules": {"type": {"list": "str"}}},
  GuestReady: {"type": {"type": {"literal": ["guest_ready"]}}, "python": {"type": "str"}},
  Output: {"type": {"type": {"literal": ["output"]}}, "id": {"type": "int"}, "stream": {"type": {"literal": ["stdout", "stderr"]}}, "text": {"type": "str"}},
  Display: {"type": {"type": {"literal": ["display"]}}, "id": {"type": "int"}, "bundle": {"type": {"dict": "json"}}},
  ToolCall: {"type": {"type": {"literal": ["tool_call"]}}, "call_id": {"type": "int"}, "name": {"type": "str"}, "args": {"type": {"list": "json"}, "default": []}, "kwargs": {"type": {"dict": "json"}, "default": {}}},
  PackageRequest: {"type": {"type": {"literal": ["package_request"]}}, "id": {"type": "int"}, "url": {"type": "str"}},
  Executed: {"type": {"type": {"literal": ["executed"]}}, "id": {"type": "int"}, "value": {"type": {"optional": {"dict": "json"}}, "default": null}, "answer": {"type": {"optional": {"part": "Answer"}}, "default": null}, "error": {"type": {"optional": {"part": "ErrorInfo"}}, "default": null}, "variables": {"type": {"dict": "str"}, "default": {}}, "files": {"type": {"list": {"part": "FileInfo"}}, "default": []}},
  FileContent: {"type": {"type": {"literal": ["file_content"]}}, "id": {"type": "int"}, "error": {"type": "str", "default": ""}},
  CheckpointTaken: {"type": {"type": {"literal": ["checkpoint_taken"]}}, "id": {"type": "int"}, "skipped": {"type": {"dict": "str"}, "default": {}}},
  CheckpointRestored: {"type": {"type": {"literal": ["checkpoint_restored"]}}, "id": {"type": "int"}, "names": {"type": {"list": "str"}}, "failed": {"type": {"dict": "str"}, "default": {}}, "error": {"type": "str", "default": ""}},
  TokenUsage: {"input_tokens": {"type": "int", "default": 0}, "output_tokens": {"type": "int", "default": 0}, "cached_tokens": {"type": "int", "default": 0}, "cache_write_tokens": {"type": "int", "default": 0}, "estimated": {"type": "bool", "default": false}, "cost_usd": {"type": {"optional": "float"}, "default": null}},
  Problem: {"kind": {"type": "str"}, "message": {"type": "str"}, "advice": {"type": "str", "default": ""}},
  RunStarted: {"type": {"type": {"literal": ["run_started"]}}, "run_id": {"type": "str"}, "task": {"type": "str"}, "files": {"type": {"list": {"part": "FileInfo"}}, "default": []}, "agent": {"type": "str", "default": ""}, "parent_run_id": {"type": "str", "default": ""}, "parent_call_id": {"type": {"optional": "int"}, "default": null}, "model": {"type": "str", "default": ""}},
  RunResumed: {"type": {"type": {"literal": ["run_resumed"]}}, "run_id": {"type": "str"}, "step": {"type": "int"}, "lost": {"type": {"dict": "str"}, "default": {}}},
  StepStarted: {"type": {"type": {"literal": ["step_started"]}}, "run_id": {"type": "str"}, "step": {"type": "int"}, "is_last_answer": {"type": "bool", "default": false}},
  ModelDelta: {"type": {"type": {"literal": ["model_delta"]}}, "run_id": {"type": "str"}, "step": {"type": "int"}, "text": {"type": "str"}, "channel": {"type": {"literal": ["text", "reasoning", "plan"]}, "default": "text"}},
  Planned: {"type": {"type": {"literal": ["planned"]}}, "run_id": {"type": "str"}, "step": {"type": "int"}, "plan": {"type": "str"}, "token_usage": {"type": {"part": "TokenUsage"}}, "seconds": {"type": "float"}},
  ModelReplied: {"type": {"type": {"literal": ["model_replied"]}}, "run_id": {"type": "str"}, "step": {"type": "int"}, "thought": {"type": "str"}, "code": {"type": "str"}, "token_usage": {"type": {"part": "TokenUsage"}}, "seconds": {"type": "float"}},
  StepOutput: {"type": {"type": {"literal": ["step_output"]}}, "run_id": {"type": "str"}, "step": {"type": "int"}, "stream": {"type": {"literal": ["stdout", "stderr"]}}, "text": {"type": "str"}},
  StepDisplay: {"type": {"type": {"literal": ["step_display"]}}, "run_id": {"type": "str"}, "step": {"type": "int"}, "bundle": {"type": {"dict": "json"}}},
  ToolStarted: {"type": {"type": {"literal": ["tool_started"]}}, "run_id": {"type": "str"}, "step": {"type": "int"}, "call_id": {"type": "int"}, "name": {"type": "str"}, "arguments": {"type": {"dict": "json"}}},
  ApprovalRequested: {"type": {"type": {"literal": ["approval_requested"]}}, "run_id": {"type": "str"}, "step": {"type": "int"}, "call_id": {"type": "int"}, "name": {"type": "str"}, "arguments": {"type": {"dict": "json"}}, "reason": {"type": "str", "default": ""}},
  InputRequested: {"type": {"type": {"literal": ["input_requested"]}}, "run_id": {"type": "str"}, "step": {"type": "int"}, "call_id": {"type": "int"}, "prompt": {"type": "str"}, "secret": {"type": "bool", "default": false}},
  ToolFinished: {"type": {"type": {"literal": ["tool_finished"]}}, "run_id": {"type": "str"}, "step": {"type": "int"}, "call_id": {"type": "int"}, "name": {"type": "str"}, "preview": {"type": "str"}, "error": {"type": {"optional": {"part": "ErrorInfo"}}, "default": null}, "seconds": {"type": "float"}},
  FileProduced: {"type": {"type": {"literal": ["file_produced"]}}, "run_id": {"type": "str"}, "step": {"type": "int"}, "file": {"type": {"part": "FileInfo"}}},
  StepFinished: {"type": {"type": {"literal": ["step_finished"]}}, "run_id": {"type": "str"}, "step": {"type": "int"}, "value": {"type": {"optional": {"dict": "json"}}, "default": null}, "variables": {"type": {"dict": "str"}, "default": {}}, "error": {"type": {"optional": {"part": "ErrorInfo"}}, "default": null}, "seconds": {"type": "float"}},
  Notice: {"type": {"type": {"literal": ["notice"]}}, "run_id": {"type": "str", "default": ""}, "level": {"type": {"literal": ["info", "warning"]}, "default": "info"}, "message": {"type": "str"}, "retry_in_s": {"type": {"optional": "float"}, "default": null}, "drops_reply": {"type": "bool", "default": false}},
  RunPaused: {"type": {"type": {"literal": ["run_paused"]}}, "run_id": {"type": "str"}, "reason": {"type": {"literal": ["offline"]}, "default": "offline"}, "message": {"type": "str"}},
  PauseEnded: {"type": {"type": {"literal": ["pause_ended"]}}, "run_id": {"type": "str"}, "reason": {"type": {"literal": ["offline", "asleep"]}, "default": "offline"}, "message": {"type": "str"}, "seconds": {"type": "float"}},
  RunFinished: {"type": {"type": {"literal": ["run_finished"]}}, "run_id": {"type": "str"}, "success": {"type": "bool"}, "reason": {"type": {"literal": ["answered", "max_steps", "limit", "error", "cancelled"]}}, "output": {"type": "json", "default": null}, "bundle": {"type": {"optional": {"dict": "json"}}, "default": null}, "problem": {"type": {"optional": {"part": "Problem"}}, "default": null}, "token_usage": {"type": {"part": "TokenUsage"}}, "steps": {"type": "int"}, "seconds": {"type": "float"}},
  ModelSettings: {"kind": {"type": {"literal": ["openai", "responses", "anthropic", "gemini", "page", "demo"]}}, "model": {"type": "str", "default": ""}, "base_url": {"type": "str", "default": ""}, "api_key": {"type": "str", "default": ""}, "prompt_style": {"type": {"literal": ["full", "short"]}, "default": "full"}, "thinking": {"type": {"optional": "bool"}, "default": null}, "context_tokens": {"type": {"optional": "int"}, "default": null}, "max_tokens": {"type": {"optional": "int"}, "default": null}, "temperature": {"type": {"optional": "float"}, "default": null}, "supports_schema": {"type": "bool", "default": false}},
  Limits: {"tokens": {"type": {"optional": "int"}, "default": null}, "cost_usd": {"type": {"optional": "float"}, "default": null}, "seconds": {"type": {"optional": "float"}, "default": null}},
  AgentSettings: {"kind": {"type": {"literal": ["code", "tool_calling"]}, "default": "code"}, "instructions": {"type": "str", "default": ""}, "max_steps": {"type": "int", "default": 20}, "memory_size": {"type": {"optional": "int"}, "default": null}, "deadline_s": {"type": "float", "default": 60.0}, "planning_interval": {"type": {"optional": "int"}, "default": null}, "structured_output": {"type": "bool", "default": false}, "approve": {"type": {"list": "str"}, "default": []}, "limits": {"type": {"part": "Limits"}, "default": {"tokens": null, "cost_usd": null, "seconds": null}}},
  Configure: {"type": {"type": {"literal": ["configure"]}}, "model": {"type": {"part": "ModelSettings"}}, "others": {"type": {"list": {"part": "ModelSettings"}}, "default": []}, "choose": {"type": {"literal": ["first", "round_robin", "least_loaded"]}, "default": "first"}, "agent": {"type": {"part": "AgentSettings"}}},
  Configured: {"type": {"type": {"literal": ["configured"]}}, "problem": {"type": {"optional": {"part": "Problem"}}, "default": null}},
  AddTool: {"type": {"type": {"literal": ["add_tool"]}}, "name": {"type": "str"}, "description": {"type": "str"}, "parameters": {"type": {"dict": "json"}}, "side_effects": {"type": "bool", "default": true}},
  RemoveTool: {"type": {"type": {"literal": ["remove_tool"]}}, "name": {"type": "str"}},
  AddAgent: {"type": {"type": {"literal": ["add_agent"]}}, "name": {"type": "str"}, "description": {"type": "str"}, "instructions": {"type": "str", "default": ""}, "kind": {"type": {"literal": ["code", "tool_calling"]}, "default": "code"}, "tools": {"type": {"optional": {"list": "str"}}, "default": null}, "max_steps": {"type": {"optional": "int"}, "default": null}, "planning_interval": {"type": {"optional": "int"}, "default": null}, "limits": {"type": {"part": "Limits"}, "default": {"tokens": null, "cost_usd": null, "seconds": null}}, "provide_run_summary": {"type": "bool", "default": false}},
  RemoveAgent: {"type": {"type": {"literal": ["remove_agent"]}}, "name": {"type": "str"}},
  PageModelPrepare: {"type": {"type": {"literal": ["page_model_prepare"]}}, "messages": {"type": {"list": {"dict": "json"}}}, "later": {"type": {"list": {"list": {"dict": "json"}}}, "default": []}},
  PageModelRequest: {"type": {"type": {"literal": ["page_model_request"]}}, "request_id": {"type": "int"}, "messages": {"type": {"list": {"dict": "json"}}}, "stop": {"type": {"list": "str"}, "default": []}, "max_tokens": {"type": {"optional": "int"}, "default": null}, "temperature": {"type": {"optional": "float"}, "default": null}, "schema": {"type": {"optional": {"dict": "json"}}, "default": null}},
  PageModelCancel: {"type": {"type": {"literal": ["page_model_cancel"]}}, "request_id": {"type": "int"}},
  PageModelRead: {"type": {"type": {"literal": ["page_model_read"]}}, "request_id": {"type": "int"}, "input_tokens": {"type": "int"}, "cached_tokens": {"type": "int"}},
  PageModelDelta: {"type": {"type": {"literal": ["page_model_delta"]}}, "request_id": {"type": "int"}, "text": {"type": "str"}},
  PageModelDone: {"type": {"type": {"literal": ["page_model_done"]}}, "request_id": {"type": "int"}, "finish_reason": {"type": {"literal": ["stop", "length"]}, "default": "stop"}, "token_usage": {"type": {"part": "TokenUsage"}}},
  PageModelFailed: {"type": {"type": {"literal": ["page_model_failed"]}}, "request_id": {"type": "int"}, "problem": {"type": {"part": "Problem"}}},
  SavePoint: {"type": {"type": {"literal": ["save_point"]}}, "run_id": {"type": "str"}, "step": {"type": "int"}, "is_over": {"type": "bool", "default": false}, "parts": {"type": {"dict": "json"}, "default": {}}, "removed": {"type": {"list": "str"}, "default": []}, "checkpoint": {"type": {"literal": ["none", "same", "new"]}, "default": "none"}, "lost": {"type": {"dict": "str"}, "default": {}}},
  ConversationRestored: {"type": {"type": {"literal": ["conversation_restored"]}}, "problem": {"type": {"optional": {"part": "Problem"}}, "default": null}},
  RestoreConversation: {"type": {"type": {"literal": ["restore_conversation"]}}, "parts": {"type": {"dict": "json"}}, "lost": {"type": {"dict": "str"}, "default": {}}, "files": {"type": {"list": {"part": "FileInfo"}}, "default": []}, "more": {"type": "bool", "default": false}},
  CallMade: {"name": {"type": "str"}, "args": {"type": {"list": "json"}, "default": []}, "kwargs": {"type": {"dict": "json"}, "default": {}}, "is_known": {"type": "bool", "default": false}, "value": {"type": "json", "default": null}, "error": {"type": {"optional": {"part": "ErrorInfo"}}, "default": null}},
  ResumeRun: {"type": {"type": {"literal": ["resume_run"]}}, "run_id": {"type": "str"}, "max_steps": {"type": {"optional": "int"}, "default": null}, "calls": {"type": {"list": {"part": "CallMade"}}, "default": []}},
  StartRun: {"type": {"type": {"literal": ["start_run"]}}, "run_id": {"type": "str"}, "task": {"type": "str"}, "files": {"type": {"list": {"part": "FileInfo"}}, "default": []}, "additional_args": {"type": {"dict": "json"}, "default": {}}, "max_steps": {"type": {"optional": "int"}, "default": null}},
  BatchTask: {"task": {"type": "str"}, "files": {"type": {"list": {"part": "FileInfo"}}, "default": []}, "additional_args": {"type": {"dict": "json"}, "default": {}}, "max_steps": {"type": {"optional": "int"}, "default": null}},
  StartBatch: {"type": {"type": {"literal": ["start_batch"]}}, "batch_id": {"type": "str"}, "tasks": {"type": {"list": {"part": "BatchTask"}}}, "files": {"type": {"list": {"part": "FileInfo"}}, "default": []}, "concurrency": {"type": "int", "default": 3}},
  StopRun: {"type": {"type": {"literal": ["stop_run"]}}, "run_id": {"type": "str"}},
  Approve: {"type": {"type": {"literal": ["approve"]}}, "run_id": {"type": "str"}, "call_id": {"type": "int"}, "allowed": {"type": "bool"}, "reason": {"type": "str", "default": ""}},
  GiveInput: {"type": {"type": {"literal": ["give_input"]}}, "run_id": {"type": "str"}, "call_id": {"type": "int"}, "text": {"type": {"optional": "str"}}},
  ClearConversation: {"type": {"type": {"literal": ["clear_conversation"]}}},
  NetworkChanged: {"type": {"type": {"literal": ["network_changed"]}}, "online": {"type": "bool"}},
  TryNow: {"type": {"type": {"literal": ["try_now"]}}},
  SandboxAttached: {"type": {"type": {"literal": ["sandbox_attached"]}}, "sandbox": {"type": "int", "default": 0}, "generation": {"type": "int"}},
  SandboxLost: {"type": {"type": {"literal": ["sandbox_lost"]}}, "sandbox": {"type": "int", "default": 0}, "generation": {"type": "int"}, "reason": {"type": "str"}},
  AgentReady: {"type": {"type": {"literal": ["agent_ready"]}}, "version": {"type": "str"}},
  Stopping: {"type": {"type": {"literal": ["stopping"]}}, "run_id": {"type": "str"}},
  Cleared: {"type": {"type": {"literal": ["cleared"]}}},
  Totals: {"type": {"type": {"literal": ["totals"]}}, "runs": {"type": "int"}, "steps": {"type": "int"}, "token_usage": {"type": {"part": "TokenUsage"}}, "seconds": {"type": "float"}},
  BatchTotals: {"done": {"type": "int"}, "answered": {"type": "int"}, "counts": {"type": {"dict": "int"}}, "token_usage": {"type": {"part": "TokenUsage"}}, "seconds": {"type": "float"}},
  BatchResult: {"type": {"type": {"literal": ["batch_result"]}}, "batch_id": {"type": "str"}, "index": {"type": "int"}, "result": {"type": {"part": "RunFinished"}}, "files": {"type": {"list": {"part": "FileInfo"}}, "default": []}, "totals": {"type": {"part": "BatchTotals"}}},
  SandboxRequest: {"type": {"type": {"literal": ["sandbox_request"]}}, "sandbox": {"type": "int", "default": 0}, "generation": {"type": "int"}},
  SandboxReleased: {"type": {"type": {"literal": ["sandbox_released"]}}, "sandbox": {"type": "int"}},
  PackageFile: {"name": {"type": "str"}, "file": {"type": "str"}, "sha256": {"type": "str"}, "bytes": {"type": "int"}},
  SandboxPackages: {"type": {"type": {"literal": ["sandbox_packages"]}}, "modules": {"type": {"list": "str"}}, "files": {"type": {"list": {"part": "PackageFile"}}}},
};

export const borders: { [border: string]: readonly PartName[] } = {
  ToGuest: ["Execute", "DefineTools", "SetVariables", "ToolReturn", "WriteFile", "ReadFile", "TakeCheckpoint", "RestoreCheckpoint", "Preload", "PackageResponse"],
  FromGuest: ["GuestReady", "Output", "Display", "ToolCall", "PackageRequest", "Executed", "FileContent", "CheckpointTaken", "CheckpointRestored"],
  Event: ["RunStarted", "RunResumed", "StepStarted", "ModelDelta", "Planned", "ModelReplied", "StepOutput", "StepDisplay", "ToolStarted", "ApprovalRequested", "InputRequested", "ToolFinished", "FileProduced", "StepFinished", "Notice", "RunPaused", "PauseEnded", "RunFinished"],
  ToAgent: ["Configure", "StartRun", "StartBatch", "ResumeRun", "StopRun", "Approve", "GiveInput", "ClearConversation", "RestoreConversation", "AddTool", "RemoveTool", "AddAgent", "RemoveAgent", "ToolReturn", "NetworkChanged", "TryNow", "SandboxAttached", "SandboxLost", "PageModelRead", "PageModelDelta", "PageModelDone", "PageModelFailed"],
  FromAgent: ["AgentReady", "Configured", "Cleared", "ConversationRestored", "SavePoint", "Stopping", "Totals", "BatchResult", "SandboxRequest", "SandboxReleased", "SandboxPackages", "ToolCall", "PageModelRequest", "PageModelPrepare", "PageModelCancel", "RunStarted", "RunResumed", "StepStarted", "ModelDelta", "Planned", "ModelReplied", "StepOutput", "StepDisplay", "ToolStarted", "ApprovalRequested", "InputRequested", "ToolFinished", "FileProduced", "StepFinished", "Notice", "RunPaused", "PauseEnded", "RunFinished"],
};
