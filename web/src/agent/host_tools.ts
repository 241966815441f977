/**
 * What the page offers its agent: its own tools and agents. The element makes this and keeps it for
 * each session that it has; a session announces it to its agent and has the agent's calls answered.
 */
import type { AddAgent, AddTool, Json, ToAgent, ToolCall, ToolReturn } from "../protocol";
import type { HostAgent, HostTool, ToolHandler } from "../api/session";
import { dumps } from "../wire";
import { messageOf } from "../api/error";

type Send = (message: ToAgent) => void;

export class HostTools {
  private readonly tools = new Map<string, { added: AddTool; handler: ToolHandler }>();
  private readonly agents = new Map<string, AddAgent>();
  /** Tells the agent that they were announced to last; null before the first. */
  private send: Send | null = null;

  /** Throws `ProtocolError` for what cannot be told to an agent. */
  addTool(tool: HostTool, handler: ToolHandler): void {
    const added = toolMessage(tool);
    this.tools.set(tool.name, { added, handler });
    this.send?.(added);
  }

  removeTool(name: string): void {
    if (this.tools.delete(name)) this.send?.({ type: "remove_tool", name });
  }

  /** Throws `ProtocolError` for what cannot be told to an agent. */
  addAgent(agent: HostAgent): void {
    const added = agentMessage(agent);
    this.agents.set(agent.name, added);
    this.send?.(added);
  }

  removeAgent(name: string): void {
    if (this.agents.delete(name)) this.send?.({ type: "remove_agent", name });
  }

  /** Tell a new agent, through `send`, of all tools and agents, and from now on of every change. */
  announce(send: Send): void {
    this.send = send;
    for (const { added } of this.tools.values()) send(added);
    for (const added of this.agents.values()) send(added);
  }

  /** Answer a call through `send`. What the handler throws becomes the tool's error, for the model
   *  to read. */
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

/** The message, checked here already, so that whoever adds something wrong hears of it. */
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
