/** The page's end of the agent worker's port: only messages of the protocol pass. */
import { PortEnd } from "./port";
import type { FromAgent, ToAgent } from "./protocol";
import { dumps, loads } from "./wire";

export class AgentChannel {
  private readonly end: PortEnd;

  /** `onMessage` hears each message of the agent, checked, with its buffers. */
  constructor(port: MessagePort, onMessage: (message: FromAgent, buffers: ArrayBuffer[]) => void) {
    this.end = new PortEnd(port);
    this.end.listen(
      (text, buffers) => onMessage(loads(text, "FromAgent"), buffers),
      () => undefined,
    );
  }

  /** Throws `ProtocolError` for a message that JSON cannot hold. Buffers and ports are handed
   *  over. */
  send(message: ToAgent, buffers: ArrayBuffer[] = [], ports: MessagePort[] = []): void {
    this.end.post(dumps(message, "ToAgent"), buffers, ports);
  }

  close(): void {
    this.end.close();
  }
}
