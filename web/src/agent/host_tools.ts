/**
 * The tools and agents that a page offers to its agent. The element makes one `HostTools` and keeps
 * it for all its sessions. A session announces it to the agent and uses it to answer calls.
 */
import type { AddAgent, AddTool, Json, ToAgent, ToolCall, ToolReturn } from "../protocol";
import type { HostAgent, HostTool, ToolHandler } from "../api/session";
import { dumps } from "../wire";
import { messageOf } from "../api/error";

type Send = (message: ToAgent) => void;

export class HostTools {
  private readonly tools = new Map<string, { added: AddTool; handler: ToolHandler }>();
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

  /** Answers a call through `send`. An error of the handler becomes the tool's error, which the
   *  model reads. */
  async call({ call_id, name, kwargs }: ToolCall, send: Send): Promise<void> {
    let value: unknown;
    try {
      const known = this.tools.get(name);
      if (known === undefined) throw new Error(`The page has no tool ${name}.`);
      value = (await known.handler(kwargs as Record<string, unknown>)) ?? null;
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

function toolMessage({ name, description, parameters }: HostTool): AddTool {
  return checked({
    type: "add_tool",
    name,
    description,
    parameters: parameters as { [key: string]: Json },
  });
}

function agentMessage(agent: HostAgent): AddAgent {
  return checked({
    type: "add_agent",
    name: agent.name,
    description: agent.description,
    instructions: agent.instructions ?? "",
    kind: agent.kind ?? "code",
    tools: agent.tools ?? null,
    max_steps: agent.maxSteps ?? null,
    planning_interval: agent.planningInterval ?? null,
    max_run_tokens: agent.maxRunTokens ?? null,
    max_run_cost_usd: agent.maxRunCost ?? null,
    max_run_seconds: agent.maxRunSeconds ?? null,
    provide_run_summary: agent.provideRunSummary ?? false,
  });
}

function failure(call_id: number, error: unknown): ToolReturn {
  return {
    type: "tool_return",
    call_id,
    value: null,
    error: {
      type: error instanceof Error ? error.name : "Error",
      message: messageOf(error),
      line: null,
      source_line: null,
      traceback: "",
      can_retry: true,
    },
  };
}
