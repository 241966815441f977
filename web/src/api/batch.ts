/** The results of many tasks at once, which a page reads as they complete. */
import type { BatchResult, BatchTotals } from "../protocol";
import type { SessionError } from "./error";
import { noUsage } from "./not_run";
import { resultOf, usageOf, type RunResult, type Usage } from "./result";
import type { MapTask } from "./session";

/** A task that is done, with or without success. */
export interface BatchItem {
  /** The place of the task in the list, from 0. */
  index: number;
  task: string;
  result: RunResult;
  /** How many tasks are done, including this one. */
  done: number;
  total: number;
  /** Time since the batch began. */
  seconds: number;
}

/** Totals of the tasks that are done. */
export interface BatchSummary {
  done: number;
  /** How many tasks succeeded, and their share, from 0 to 1. */
  answered: number;
  answeredRate: number;
  /** The number of runs for each reason to end. */
  counts: Record<string, number>;
  tokenUsage: Usage;
  /** In US dollars; null when the cost of any run is unknown. */
  cost: number | null;
  seconds: number;
}

const nothing: BatchTotals = { done: 0, answered: 0, counts: {}, token_usage: noUsage, seconds: 0 };

/** An iterator over the results. Leaving a `for await` stops the remaining tasks and waits for
 *  them. */
export class Batch implements AsyncIterableIterator<BatchItem> {
  private totals = nothing;
  private readonly items: BatchItem[] = [];
  private ended = false;
  private error: SessionError | null = null;
  private news = Promise.withResolvers<void>();

  /** `stop` is called to end the tasks. */
  constructor(
    private readonly tasks: readonly MapTask[],
    readonly stop: () => void,
  ) {}

  /** Totals so far. */
  get summary(): BatchSummary {
    const { done, answered, counts, token_usage, seconds } = this.totals;
    const tokenUsage = usageOf(token_usage);
    const answeredRate = done ? answered / done : 0;
    const { cost } = tokenUsage;
    return { done, answered, answeredRate, counts, tokenUsage, cost, seconds };
  }

  /** Resolves with the next result as soon as there is one. Rejects when the batch failed. */
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

  /** Takes in the result of one task. */
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

  /** Marks the batch as over. */
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
