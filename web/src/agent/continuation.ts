/**
 * What lets a conversation outlive its agent worker: its saved state, and how a new agent gets it.
 *
 * The session owns one. It asks nothing of the page and knows nothing of the disk.
 */
import { SavedState } from "../api/saved_state";
import { SessionError } from "../api/error";
import type { CallKeeper } from "../api/session";
import type { FromAgent, Json, ToAgent, ToolCall } from "../protocol";
import { MAX_CHARS } from "../wire";
import type { Agent } from "./agent";
import { failure, type HostTools } from "./host_tools";
import { readAgain } from "./run_files";

type Recipient = Pick<Agent, "send">;

export class Continuation {
  state = new SavedState();
  /** Keeps the calls of the page's tools. */
  keepCall: CallKeeper = () => Promise.resolve();

  /** Whether the agent does not have `state` yet. */
  private isBehind = false;
  /** Settles when the agent has forgotten its conversation; null when it is not to. */
  private clearing: PromiseWithResolvers<void> | null = null;
  private restoring: PromiseWithResolvers<void> | null = null;
  /** The run and the step of the last recovery. */
  private recovered = "";
  /** The number of the next call, which no other call of a conversation has: each agent counts its
   *  own from 1. */
  private number = Date.now() * 1000;

  constructor(private readonly tools: HostTools) {}

  /** Goes on with another conversation. */
  restore(state: SavedState): void {
    this.state = state;
    this.isBehind = !state.isEmpty;
  }

  /** Forgets the conversation: at once here, so that what is restored after this call stays, and
   *  with `send` in the agent once it is `up`. Rejects if there is none. */
  async clear(up: Promise<void>, send: (message: ToAgent) => void): Promise<void> {
    this.state = new SavedState();
    this.isBehind = false;
    if (this.clearing === null) {
      const clearing = Promise.withResolvers<void>();
      this.clearing = clearing;
      up.then(
        () => this.clearing === clearing && send({ type: "clear_conversation" }),
        (error: unknown) => this.clearing === clearing && this.fail(error),
      );
    }
    await this.clearing.promise;
  }

  /** Resolves when the agent has forgotten what it is to forget. */
  async cleared(): Promise<void> {
    await this.clearing?.promise;
  }

  /** Ends the wait for an agent that died. */
  fail(error: unknown): void {
    const { clearing } = this;
    this.clearing = null;
    clearing?.promise.catch(() => undefined); // perhaps nobody waits
    clearing?.reject(error);
  }

  /** Whether a message is about a conversation that the page has left. */
  isOfAnother({ type }: FromAgent): boolean {
    return type === "save_point" && (this.isBehind || this.clearing !== null);
  }

  /** Takes in a message of the agent. */
  take(message: FromAgent, buffers: ArrayBuffer[]): void {
    if (message.type !== "tool_call") this.state.take(message, buffers); // `call` takes that one
    if (message.type === "conversation_restored") this.settle();
    if (message.type === "cleared") {
      this.clearing?.resolve();
      this.clearing = null;
    }
  }

  /** Notes that the agent died. */
  agentDied(): void {
    this.isBehind = !this.state.isEmpty;
    this.settle();
  }

  /** The step after which a new agent goes on with the task or batch with this id; null if it does
   *  not. A task that has done nothing yet can be `givenAgain`. Each step is taken over once, so that
   *  one that kills its agent ends the run. */
  takenOverAfter(id: string | null, givenAgain: boolean): number | null {
    const { run, hasBegun } = this.state;
    const isKept = run !== null && run.id === id;
    if (!isKept && (!givenAgain || hasBegun)) return null;
    const here = `${id} ${isKept ? run.step : "not begun"}`;
    if (here === this.recovered) return null;
    this.recovered = here;
    return isKept ? run.step : 0;
  }

  /** Gives the conversation to an agent that does not have it. `isCurrent` says whether the agent
   *  still lives after a wait. Resolves with the names of files that tools cannot have again. */
  async giveTo(agent: Recipient, isCurrent: () => boolean): Promise<string[]> {
    if (!this.isBehind) return [];
    const { state } = this;
    const { lost, checkpoint } = state;
    // A file that cannot be read any more costs the variables, and not the conversation.
    const [bytes, given] = await Promise.all([
      checkpoint?.arrayBuffer().catch(() => null),
      readAgain(state.files),
    ]);
    // Meanwhile the agent may have died, or the person opened another conversation.
    if (!isCurrent() || !this.isBehind || this.state !== state) return [];
    this.isBehind = false;
    this.restoring = Promise.withResolvers<void>();
    const groups = inMessages(state.parts);
    const last = groups.pop() ?? {};
    const type = "restore_conversation";
    for (const parts of groups) agent.send({ type, parts, lost: {}, files: [], more: true });
    const buffers = [...given.buffers, ...(bytes ? [bytes] : [])];
    agent.send({ type, parts: last, lost, files: given.infos, more: false }, buffers);
    await this.restoring.promise;
    return given.unread;
  }

  /** Calls a tool of the page for an agent. A call with effects is kept before it is made, so that
   *  nobody makes it again. */
  async call(call: ToolCall, agent: Recipient): Promise<void> {
    const { state } = this;
    const call_id = this.number++;
    const kept = { ...call, call_id };
    state.take(kept, []);
    try {
      if (this.tools.hasEffects(call.name)) await this.keepCall(kept);
    } catch (error) {
      return agent.send(failure(call.call_id, error));
    }
    await this.tools.call(call, (answer) => {
      const end = { ...answer, call_id };
      state.returned(end);
      this.keepCall(end).catch(() => undefined); // its end is not known then
      agent.send(answer);
    });
  }

  private settle(): void {
    this.restoring?.resolve();
    this.restoring = null;
  }
}

/** The parts in groups that each fit into a message. */
function inMessages(parts: ReadonlyMap<string, Json>): Record<string, Json>[] {
  const groups: Record<string, Json>[] = [];
  let room = 0;
  for (const [name, value] of parts) {
    const size = name.length + JSON.stringify(value).length;
    if (size > room) {
      groups.push({});
      room = MAX_CHARS / 2;
    }
    groups.at(-1)![name] = value;
    room -= size;
  }
  return groups;
}

/** What tools cannot read any more after a conversation was taken back. */
export function filesLost(names: readonly string[]): SessionError {
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  const named = `${names.slice(0, 3).join(", ")}${more}`;
  const message = `Tools cannot read files of earlier tasks any more: ${named}.`;
  return new SessionError("file", message, "Give them again with a task if it needs them.");
}

/** `step` is the one after which a new agent goes on; null if it does not. */
export function agentLost(reason: string, worked: boolean, step: number | null): SessionError {
  const advice = !worked
    ? "Load the page again. If that does not help, use another browser."
    : step === null
      ? "A new one was started. Give the task again."
      : step
        ? `A new one was started, which goes on after step ${step}.`
        : "A new one was started, which begins the task again.";
  return new SessionError("agent_lost", `The agent stopped working: ${reason}`, advice);
}
