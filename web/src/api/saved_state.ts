/**
 * What a new agent worker must be given to go on with a conversation: its latest save point, and the
 * calls of the page's tools since then.
 *
 * The session feeds it every message. The journal keeps a copy on disk and makes one from that.
 */
import type { CallMade, FromAgent, Json, SavePoint, ToolCall, ToolReturn } from "../protocol";

/** A run that has not ended. */
export interface OpenRun {
  id: string;
  /** The last step that ended and was kept; 0 before the first one. */
  step: number;
  /** The step limit of the task; null for the agent's own. */
  maxSteps: number | null;
}

interface Call {
  id: number;
  /** The step of the run in which the call was made. */
  step: number;
  made: CallMade;
}

export class SavedState {
  /** The parts of the conversation by name; only the agent worker reads them. */
  readonly parts = new Map<string, Json>();
  /** The variables and files of the sandbox; null when there are none. */
  checkpoint: Blob | null = null;
  /** The names of variables and files that the checkpoint does not hold → why. */
  lost: Record<string, string> = {};
  /** The files that came with each task that has begun, for the tools that read them. */
  readonly files: (readonly File[])[] = [];
  /** The run to resume; null when the last one has ended. */
  run: OpenRun | null = null;

  /** Whether the task that was given last has done anything. */
  hasBegun = false;

  /** The id of that task. */
  private given: string | null = null;

  private calls: Call[] = [];
  /** The step that goes on. */
  private step = 0;
  private maxSteps: number | null = null;
  /** The files of a task that has not begun. */
  private coming: readonly File[] | null = null;

  /** Whether there is nothing to give back. */
  get isEmpty(): boolean {
    return this.parts.size === 0;
  }

  /** Notes that a task is given to the agent, with these files. */
  begin(id: string, maxSteps: number | null, files: readonly File[] = []): void {
    this.given = id;
    this.coming = files;
    this.maxSteps = maxSteps;
    this.run = null; // an interrupted run is given up
    this.hasBegun = false;
    this.calls = [];
    this.step = 0;
  }

  /** Takes back what was kept of the run to resume. */
  goOn(run: OpenRun): void {
    this.run = run;
    this.given = run.id;
    this.hasBegun = true;
    this.maxSteps = run.maxSteps;
    this.step = run.step;
  }

  /** Takes in a message of the agent. */
  take(message: FromAgent, buffers: readonly (ArrayBuffer | Blob)[]): void {
    switch (message.type) {
      case "save_point":
        this.keep(message, buffers);
        break;
      case "step_started":
        if (this.run === null || message.run_id === this.run.id) this.step = message.step;
        break;
      case "tool_call":
        this.called(message);
        break;
    }
  }

  /** Notes how a call ended. */
  returned({ call_id, value, error }: ToolReturn): void {
    const call = this.calls.findLast(({ id }) => id === call_id);
    if (call) call.made = { ...call.made, is_known: true, value, error };
  }

  /** Notes that the run ended without a save point of its end: it cannot be resumed. */
  end(): void {
    this.run = null;
    this.calls = [];
  }

  /** The calls that were made after the last step that was kept, in order. */
  get open(): CallMade[] {
    const step = this.run?.step ?? 0;
    return this.calls.filter((call) => call.step > step).map(({ made }) => made);
  }

  private keep(point: SavePoint, buffers: readonly (ArrayBuffer | Blob)[]): void {
    // The last one of the run before may come late.
    if (point.run_id === this.given) this.begun();
    for (const [name, value] of Object.entries(point.parts)) this.parts.set(name, value);
    for (const name of point.removed) this.parts.delete(name);
    if (point.checkpoint === "none") this.checkpoint = null;
    if (point.checkpoint === "new") this.checkpoint = new Blob([buffers[0] ?? new ArrayBuffer(0)]);
    this.lost = point.lost;
    const { run_id: id, step, is_over: isOver } = point;
    this.run = isOver ? null : { id, step, maxSteps: this.maxSteps };
    this.calls = isOver ? [] : this.calls.filter((call) => call.step > step);
  }

  private called({ call_id: id, name, args, kwargs }: ToolCall): void {
    const made = { name, args, kwargs, is_known: false, value: null, error: null };
    this.calls.push({ id, step: this.step, made });
    this.hasBegun = true;
  }

  private begun(): void {
    if (this.coming) this.files.push(this.coming);
    this.coming = null;
    this.hasBegun = true;
  }
}
