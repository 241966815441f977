/** The page's own tools and agents: told to the agent; tools are called when it asks and answered
 *  with JSON. */
import type { Json, ToAgent, ToolCall, ToolReturn } from "../protocol";
import type { HostAgent, HostTool, ToolHandler } from "../session_api";

export class HostTools {
  private readonly tools = new Map<string, { tool: HostTool; handler: ToolHandler }>();
  private readonly agents = new Map<string, HostAgent>();
  private announced = false;

  constructor(private readonly send: (message: ToAgent) => void) {}

  add(tool: HostTool, handler: ToolHandler): void {
    this.tools.set(tool.name, { tool, handler });
    if (this.announced) this.tell(tool);
  }

  remove(name: string): void {
    if (this.tools.delete(name) && this.announced) this.send({ type: "remove_tool", name });
  }

  addAgent(agent: HostAgent): void {
    this.agents.set(agent.name, agent);
    if (this.announced) this.tellAgent(agent);
  }

  removeAgent(name: string): void {
    if (this.agents.delete(name) && this.announced) this.send({ type: "remove_agent", name });
  }

  /** Tell a new agent of all tools and agents. */
  announce(): void {
    this.announced = true;
    for (const { tool } of this.tools.values()) this.tell(tool);
    for (const agent of this.agents.values()) this.tellAgent(agent);
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

  private tell({ name, description, parameters }: HostTool): void {
    this.send({
      type: "add_tool",
      name,
      description,
      parameters: parameters as { [key: string]: Json },
    });
  }

  private tellAgent(agent: HostAgent): void {
    const { name, description, instructions = "", kind = "code", tools = null } = agent;
    this.send({ type: "add_agent", name, description, instructions, kind, tools });
  }
}

function failure(call_id: number, error: unknown): ToolReturn {
  return {
    type: "tool_return",
    call_id,
    value: null,
    error: {
      type: error instanceof Error ? error.name : "Error",
      message: error instanceof Error ? error.message : String(error),
      line: null,
      source_line: null,
      traceback: "",
      can_retry: true,
    },
  };
}
