/**
 * The tools and agents that a page offers to its agent. The element makes one `HostTools` and keeps
 * it for all its sessions. A session announces it to the agent and uses it to answer calls.
 */
import { messageOf, nameOf } from "../api/error";
import { fieldsNamed } from "../api/names";
import type { HostTool, ToolHandler } from "../api/session";
import type {
  AddAgent,
  AddTool,
  HostAgent,
  Json,
  ToAgent,
  ToolCall,
  ToolReturn,
} from "../protocol";
import { dumps, part } from "../wire";
import { withImages } from "./tool_images";

interface Known {
  added: AddTool;
  handler: ToolHandler;
}

type Send = (message: ToAgent) => void;
type Answer = (message: ToolReturn) => void;

export class HostTools {
  private readonly tools = new Map<string, Known>();
  private readonly agents = new Map<string, AddAgent>();
  /** Sends to the agent of the last `announce`; null before the first. */
  private send: Send | null = null;

  /** Throws `ProtocolError` when it does not fit into a message. */
  addTool(tool: HostTool, handler: ToolHandler): void {
    const added = toolMessage(tool);
    this.tools.set(tool.name, { added, handler });
    this.send?.(added);
  }

  removeTool(name: string): void {
    if (this.tools.delete(name)) this.send?.({ type: "remove_tool", name });
  }

  /** Throws `ProtocolError` when it does not fit into a message. */
  addAgent(agent: HostAgent): void {
    const added = agentMessage(agent);
    this.agents.set(agent.name, added);
    this.send?.(added);
  }

  removeAgent(name: string): void {
    if (this.agents.delete(name)) this.send?.({ type: "remove_agent", name });
  }

  /** Sends all tools and agents to a new agent, and from now on every change. */
  announce(send: Send): void {
    this.send = send;
    for (const { added } of this.tools.values()) send(added);
    for (const added of this.agents.values()) send(added);
  }

  /** Whether a call of the tool may change something outside. */
  hasEffects(name: string): boolean {
    return this.tools.get(name)?.added.side_effects ?? false;
  }

  /** Answers a call through `send`. An error of the handler becomes the tool's error, which the
   *  model reads. */
  async call({ call_id, name, kwargs }: ToolCall, send: Answer): Promise<void> {
    let value: unknown;
    try {
      const known = this.tools.get(name);
      if (known === undefined) throw new Error(`The page has no tool ${name}.`);
      value = await withImages((await known.handler(kwargs as Record<string, unknown>)) ?? null);
      send({ type: "tool_return", call_id, value: value as Json, error: null });
    } catch (error) {
      send(failure(call_id, error));
    }
  }
}

/** Returns the message after checking it, so that a mistake throws where it is made. */
function checked<M extends ToAgent>(message: M): M {
  dumps(message, "ToAgent");
  return message;
}

function toolMessage({ name, description, parameters, sideEffects = true }: HostTool): AddTool {
  return checked({
    type: "add_tool",
    name,
    description,
    parameters: parameters as { [key: string]: Json },
    side_effects: sideEffects,
  });
}

/** Throws `TypeError` for an option that no agent has. */
function agentMessage(agent: HostAgent): AddAgent {
  const { name, description } = agent;
  const message = part("AddAgent", { type: "add_agent", name, description });
  const { type, limits: noLimits, ...usual } = message;
  return checked({
    type,
    ...usual,
    ...fieldsNamed(usual, agent, ["limits"]),
    limits: { ...noLimits, ...fieldsNamed(noLimits, agent.limits) },
  });
}

/** The end of a call that failed. */
export function failure(call_id: number, error: unknown): ToolReturn {
  return {
    type: "tool_return",
    call_id,
    value: null,
    error: {
      type: nameOf(error),
      message: messageOf(error),
      line: null,
      source_line: null,
      traceback: "",
      can_retry: true,
    },
  };
}
