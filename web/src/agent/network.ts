/** Tells the agent what the browser says of the network. */
import type { ToAgent } from "../protocol";

export class NetworkWatch {
  private readonly listening = new AbortController();

  constructor(private readonly send: (message: ToAgent) => void) {
    if (typeof addEventListener !== "function") return;
    const { signal } = this.listening;
    addEventListener("online", () => this.tell(true), { signal });
    addEventListener("offline", () => this.tell(false), { signal });
  }

  /** Tells a new agent, which takes for granted that there is a network. */
  announce(): void {
    if (navigator.onLine === false) this.tell(false);
  }

  dispose(): void {
    this.listening.abort();
  }

  private tell(online: boolean): void {
    this.send({ type: "network_changed", online });
  }
}
