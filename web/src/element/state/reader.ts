/** Reads the entries of a kept conversation, and gathers what a new agent must be told of them. */
import type { SavedState } from "../../api/saved_state";
import type { Event, ToolCall, ToolReturn } from "../../protocol";
import type { Action } from "./conversation";
import { toldBy, type Given } from "./entries";

type Tracked = ToolCall | ToolReturn | (Event & { type: "step_started" });

export class Reader {
  /** How many entries could not be read. */
  damaged = 0;
  tasks = 0;
  /** What happened in the last task that concerns calls of the page's tools. */
  private tracked: Tracked[] = [];
  /** The files that came with each task. */
  private readonly files: (readonly File[])[] = [];
  /** The files of a task that has not begun. */
  private coming: readonly File[] | null = null;

  constructor(private readonly show: (action: Action, given: Given) => void) {}

  take(entry: unknown): void {
    try {
      const told = toldBy(entry);
      if ("call" in told) this.tracked.push(told.call);
      else if ("returned" in told) this.tracked.push(told.returned);
      else this.act(told.action, told.given ?? {});
    } catch {
      this.damaged += 1;
    }
  }

  /** Adds the files of the tasks, and the calls that were made after the last step that was kept. */
  completed(state: SavedState): SavedState {
    state.files.push(...this.files);
    for (const message of this.tracked) {
      if (message.type === "tool_return") state.returned(message);
      else state.take(message, []);
    }
    return state;
  }

  private act(action: Action, given: Given): void {
    if (action.type === "submitted") {
      this.tasks += 1;
      this.tracked = []; // the calls of a task that has ended
      this.coming = action.batch ? null : (given.files ?? []); // a batch has agents of its own
    }
    if (action.type === "event" && action.event.type === "run_started") {
      if (this.coming && action.event.parent_run_id === "") this.files.push(this.coming);
      this.coming = null;
    }
    if (action.type === "event" && action.event.type === "step_started") {
      this.tracked.push(action.event);
    }
    this.show(action, given);
  }
}
