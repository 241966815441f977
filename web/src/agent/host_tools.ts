/** The page's own tools and agents: told to the agent; tools are called when it asks and answered
 *  with JSON. */
import type { AddAgent, AddTool, Json, ToAgent, ToolCall, ToolReturn } from "../protocol";
import type { HostAgent, HostTool, ToolHandler } from "../api/session";
import { dumps } from "../wire";
import { messageOf } from "../api/error";

export class HostTools {
  private readonly tools = new Map<string, { added: AddTool; handler: ToolHandler }>();
  private readonly agents = new Map<string, AddAgent>();
  private announced = false;

  constructor(private readonly send: (message: ToAgent) => void) {}

  /** Throws `ProtocolError` for what cannot be told to the agent. */
  add(tool: HostTool, handler: ToolHandler): void {
    const added = toolMessage(tool);
    this.tools.set(tool.name, { added, handler });
    if (this.announced) this.send(added);
  }

  remove(name: string): void {
    if (this.tools.delete(name) && this.announced) this.send({ type: "remove_tool", name });
  }

  /** Throws `ProtocolError` for what cannot be told to the agent. */
  addAgent(agent: HostAgent): void {
    const added = agentMessage(agent);
    this.agents.set(agent.name, added);
    if (this.announced) this.send(added);
  }

  removeAgent(name: string): void {
    if (this.agents.delete(name) && this.announced) this.send({ type: "remove_agent", name });
  }

  /** Tell a new agent of all tools and agents. */
  announce(): void {
    this.announced = true;
    for (const { added } of this.tools.values()) this.send(added);
    for (const added of this.agents.values()) this.send(added);
  }

  /** Answer a call. What the handler throws becomes the tool's error, for the model to read. */
  async call({ call_id, name, kwargs }: ToolCall): Promise<void> {
    let value: unknown;
    try {
      const known = this.tools.get(name);
      if (known === undefined) throw new Error(`The page has no tool ${name}.`);
      value = (await known.handler(kwargs as Record<string, unknown>)) ?? null;
      this.send({ type: "tool_return", call_id, value: value as Json, error: null });
    } catch (error) {
      this.send(failure(call_id, error));
    }
  }
}

/** Here, so that whoever adds it hears of it. */
function checked<M extends ToAgent>(message: M): M {
  dumps(message, "ToAgent");
  return message;
}

/** Throws `ProtocolError` for what cannot be told to an agent. */
export function toolMessage({ name, description, parameters }: HostTool): AddTool {
  return checked({
    type: "add_tool",
    name,
    description,
    parameters: parameters as { [key: string]: Json },
  });
}

/** Throws `ProtocolError` for what cannot be told to an agent. */
export function agentMessage(agent: HostAgent): AddAgent {
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
