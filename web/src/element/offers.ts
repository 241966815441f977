/** What the page offers its agent, its own tools and agents: kept as long as the element, for each
 *  session that it has. */
import { agentMessage, toolMessage } from "../agent/host_tools";
import type { HostAgent, HostTool, Session, ToolHandler } from "../api/session";

export class Offers {
  private readonly tools = new Map<string, { tool: HostTool; handler: ToolHandler }>();
  private readonly agents = new Map<string, HostAgent>();
  private session: Session | null = null;

  /** Offer all to this session, and what comes later; null while there is none. */
  giveTo(session: Session | null): void {
    this.session = session;
    for (const { tool, handler } of this.tools.values()) session?.addTool(tool, handler);
    for (const agent of this.agents.values()) session?.addAgent(agent);
  }

  /** Throws `ProtocolError` for what cannot be told to an agent. */
  addTool(tool: HostTool, handler: ToolHandler): void {
    toolMessage(tool);
    this.tools.set(tool.name, { tool, handler });
    this.session?.addTool(tool, handler);
  }

  removeTool(name: string): void {
    this.tools.delete(name);
    this.session?.removeTool(name);
  }

  /** Throws `ProtocolError` for what cannot be told to an agent. */
  addAgent(agent: HostAgent): void {
    agentMessage(agent);
    this.agents.set(agent.name, agent);
    this.session?.addAgent(agent);
  }

  removeAgent(name: string): void {
    this.agents.delete(name);
    this.session?.removeAgent(name);
  }
}
