/** Many tasks at once, as the page around the element reads them: the results as they complete. */
import { resultOf, usageOf, type RunResult, type Usage } from "./result";
import type { BatchResult, BatchTotals } from "../protocol";
import type { MapTask } from "./session";
import type { SessionError } from "./error";
import { noUsage } from "./not_run";

/** A task that is done, one way or another. */
export interface BatchItem {
  /** Its place among the tasks, from 0. */
  index: number;
  task: string;
  result: RunResult;
  /** How many are, this one included. */
  done: number;
  total: number;
  /** Since the batch began. */
  seconds: number;
}

/** What the tasks that are done came to. */
export interface BatchSummary {
  done: number;
  /** Those whose result is a success, and their share, from 0 to 1. */
  answered: number;
  answeredRate: number;
  /** By the reason for which a run ended. */
  counts: Record<string, number>;
  tokenUsage: Usage;
  /** In US dollars; null when it is not known of every run. */
  cost: number | null;
  seconds: number;
}

const nothing: BatchTotals = { done: 0, answered: 0, counts: {}, token_usage: noUsage, seconds: 0 };

/** Whoever leaves a `for await` over it stops the tasks that are not done, and waits for that. */
export class Batch implements AsyncIterableIterator<BatchItem> {
  private totals = nothing;
  private readonly items: BatchItem[] = [];
  private ended = false;
  private error: SessionError | null = null;
  private news = Promise.withResolvers<void>();

  /** `stop` ends the work. */
  constructor(
    private readonly tasks: readonly MapTask[],
    readonly stop: () => void,
  ) {}

  /** Of what is done so far. */
  get summary(): BatchSummary {
    const { done, answered, counts, token_usage, seconds } = this.totals;
    const tokenUsage = usageOf(token_usage);
    const answeredRate = done ? answered / done : 0;
    const { cost } = tokenUsage;
    return { done, answered, answeredRate, counts, tokenUsage, cost, seconds };
  }

  /** The next result, as soon as there is one. Rejects when the work could not be done. */
  async next(): Promise<IteratorResult<BatchItem>> {
    while (!this.items.length && !this.ended) await this.news.promise;
    const value = this.items.shift();
    if (value) return { done: false, value };
    if (this.error) throw this.error;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<BatchItem>> {
    if (!this.ended) this.stop();
    while (!this.ended) await this.news.promise;
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** A task is done. */
  take({ index, result, files, totals }: BatchResult, buffers: ArrayBuffer[]): void {
    this.totals = totals;
    const made = files.map((info, at) => ({
      info,
      blob: new Blob([buffers[at]!], { type: info.media_type }),
    }));
    this.items.push({
      index,
      task: this.tasks[index]!.task,
      result: resultOf(result, made),
      done: totals.done,
      total: this.tasks.length,
      seconds: totals.seconds,
    });
    this.tell();
  }

  /** No more will come. */
  end(error: SessionError | null): void {
    this.ended = true;
    this.error = error;
    this.tell();
  }

  private tell(): void {
    this.news.resolve();
    this.news = Promise.withResolvers();
  }
}
