/** Answers the agent's requests with a model that the page runs. */
import { SessionError, problemOf, messageOf } from "../api/error";
import type { LocalModel } from "../models/local";
import type { Messages } from "../models/local_model";
import type { PageModelPrepare, PageModelRequest, ToAgent } from "../protocol";

export class PageModel {
  private model: LocalModel | null = null;
  private reading: AbortController | null = null;
  /** Prompts to read ahead. The first is the one that is being read. */
  private ahead: Messages[] = [];
  private readonly running = new Map<number, AbortController>();

  constructor(private readonly send: (message: ToAgent) => void) {}

  /** Uses this model from now on. */
  use(model: LocalModel | null): void {
    this.reading?.abort();
    this.ahead = [];
    this.model = model;
  }

  /** Lets the model read what the coming requests begin with. A request interrupts this. */
  async prepare({ messages, later }: PageModelPrepare): Promise<void> {
    this.reading?.abort();
    this.ahead = this.model?.keepsPrompts ? [messages, ...later] : [messages];
    await this.readAhead();
  }

  /** Reads what is left to read ahead. Call it again when the agent is idle. */
  async readAhead(): Promise<void> {
    if (this.running.size > 0) return;
    this.reading?.abort();
    const { signal } = (this.reading = new AbortController());
    while (!signal.aborted && this.model && this.ahead.length > 0) {
      try {
        await this.model.warm(this.ahead[0]!, signal);
      } catch {
        return; // the first request reads it then, and reports what is wrong
      }
      if (!signal.aborted) this.ahead.shift();
    }
  }

  async generate(request: PageModelRequest): Promise<void> {
    const { request_id } = request;
    const control = new AbortController();
    const tell = (message: ToAgent): void => {
      if (!control.signal.aborted) this.send(message);
    };
    this.running.set(request_id, control);
    this.reading?.abort(); // the model keeps what it has read
    this.ahead = this.ahead.filter((prompt) => !begins(request.messages, prompt));
    try {
      if (this.model === null) throw new SessionError("no_model", "The local model is not loaded.");
      const { finishReason, tokenUsage } = await this.model.generate(
        request,
        (text) => tell({ type: "page_model_delta", request_id, text }),
        control.signal,
        (read) => tell({ type: "page_model_read", request_id, ...read }),
      );
      tell({
        type: "page_model_done",
        request_id,
        finish_reason: finishReason,
        token_usage: tokenUsage,
      });
    } catch (error) {
      tell({ type: "page_model_failed", request_id, problem: problemOf(failure(error)) });
    } finally {
      // A new agent may have a request of the same number.
      if (this.running.get(request_id) === control) this.running.delete(request_id);
    }
  }

  cancel(requestId: number): void {
    this.running.get(requestId)?.abort();
  }

  /** Ends and forgets what an agent that is gone has asked for. The next one counts from 1 again. */
  abandon(): void {
    this.reading?.abort();
    this.ahead = [];
    for (const control of this.running.values()) control.abort();
    this.running.clear();
  }
}

/** Whether a request reads all of this prompt, apart from its last message, which was only begun. */
function begins(request: Messages, prompt: Messages): boolean {
  return prompt
    .slice(0, -1)
    .every((said, i) => request[i]?.role === said.role && request[i]?.content === said.content);
}

function failure(error: unknown): SessionError {
  if (error instanceof SessionError) return error;
  return new SessionError("local_model", `The local model failed: ${messageOf(error)}`);
}
