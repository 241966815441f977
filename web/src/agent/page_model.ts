/** Answers the agent's requests with a model that the page runs. */
import { SessionError, problemOf, messageOf } from "../api/error";
import type { LocalModel } from "../models/local";
import type { PageModelPrepare, PageModelRequest, ToAgent } from "../protocol";

export class PageModel {
  private model: LocalModel | null = null;
  private warming: AbortController | null = null;
  private readonly running = new Map<number, AbortController>();

  constructor(private readonly send: (message: ToAgent) => void) {}

  /** Uses this model from now on. */
  use(model: LocalModel | null): void {
    this.warming?.abort();
    this.model = model;
  }

  /** Lets the model read the start of the coming requests. A request ends this. */
  async warm(messages: PageModelPrepare["messages"]): Promise<void> {
    this.warming?.abort();
    const { signal } = (this.warming = new AbortController());
    try {
      await this.model?.warm(messages, signal);
    } catch {
      // The first request reads it then, and reports what is wrong.
    }
  }

  async generate(request: PageModelRequest): Promise<void> {
    const { request_id } = request;
    const control = new AbortController();
    this.running.set(request_id, control);
    this.warming?.abort(); // the model keeps what it has read
    try {
      if (this.model === null) throw new SessionError("no_model", "The local model is not loaded.");
      const { finishReason, tokenUsage } = await this.model.generate(
        request,
        (text) => this.send({ type: "page_model_delta", request_id, text }),
        control.signal,
      );
      this.send({
        type: "page_model_done",
        request_id,
        finish_reason: finishReason,
        token_usage: tokenUsage,
      });
    } catch (error) {
      if (control.signal.aborted) return;
      this.send({ type: "page_model_failed", request_id, problem: problemOf(failure(error)) });
    } finally {
      this.running.delete(request_id);
    }
  }

  cancel(requestId: number): void {
    this.running.get(requestId)?.abort();
  }
}

function failure(error: unknown): SessionError {
  if (error instanceof SessionError) return error;
  return new SessionError("local_model", `The local model failed: ${messageOf(error)}`);
}
