/** Answers the agent's requests to a model that the page runs. */
import type { LocalModel } from "../models/local";
import type { PageModelPrepare, PageModelRequest, Problem, ToAgent } from "../protocol";
import { SessionError } from "../api/session";

export class PageModel {
  private model: LocalModel | null = null;
  private warming: AbortController | null = null;
  private readonly running = new Map<number, AbortController>();

  constructor(private readonly send: (message: ToAgent) => void) {}

  /** Ask this model from now on. */
  use(model: LocalModel | null): void {
    this.warming?.abort();
    this.model = model;
  }

  /** Let the model read what requests will begin with, unless one comes first. */
  async warm(messages: PageModelPrepare["messages"]): Promise<void> {
    this.warming?.abort();
    const { signal } = (this.warming = new AbortController());
    try {
      await this.model?.warm(messages, signal);
    } catch {
      // The first request then reads it, and tells what is wrong.
    }
  }

  async generate(request: PageModelRequest): Promise<void> {
    const { request_id } = request;
    const control = new AbortController();
    this.running.set(request_id, control);
    this.warming?.abort(); // what was read so far is kept
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
      this.send({ type: "page_model_failed", request_id, problem: problemOf(error) });
    } finally {
      this.running.delete(request_id);
    }
  }

  cancel(requestId: number): void {
    this.running.get(requestId)?.abort();
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof SessionError) {
    return { kind: error.kind, message: error.message, advice: error.advice };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "local_model", message: `The local model failed: ${message}`, advice: "" };
}
