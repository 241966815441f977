/**
 * The page's end of the agent worker's port: only messages of the protocol pass.
 *
 * The agent sends several messages at once when they come fast, one in each line; JSON text has no
 * line breaks of its own. See pyagent/browser/page_channel.py.
 */
import { PortEnd } from "./port";
import type { FromAgent, ToAgent } from "./protocol";
import { dumps, loads } from "./wire";

export class AgentChannel {
  private readonly end: PortEnd;

  /** `onMessage` hears each message of the agent, checked, with its buffers. */
  constructor(port: MessagePort, onMessage: (message: FromAgent, buffers: ArrayBuffer[]) => void) {
    this.end = new PortEnd(port);
    this.end.listen(
      (text, buffers = []) => {
        const texts = text.split("\n");
        texts.forEach((one, index) => {
          try {
            onMessage(loads(one, "FromAgent"), index === texts.length - 1 ? buffers : []);
          } catch (error) {
            reportError(error); // one message must not take the others with it
          }
        });
      },
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
