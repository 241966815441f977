/** Makes a sandbox that the agent asks for, and tells the agent of its life and death. */
import { messageOf } from "../api/error";
import type { SandboxRequest } from "../protocol";
import type { SandboxPool } from "../sandbox/pool";
import type { Agent } from "./agent";

/** `agent` returns the agent that lives now; another one hears nothing of this sandbox. `idle`
 *  resolves when there is no task. */
export async function attachSandbox(
  { sandbox, generation }: SandboxRequest,
  pool: Pick<SandboxPool, "replace" | "holds" | "prepare">,
  agent: () => Pick<Agent, "send"> | null,
  idle: () => Promise<void>,
): Promise<void> {
  const frame = pool.replace(sandbox);
  const asking = agent();
  const lost = (reason: string): void => {
    if (agent() === asking) {
      asking?.send({ type: "sandbox_lost", sandbox, generation, reason });
    }
  };
  try {
    await frame.ready;
  } catch (error) {
    lost(messageOf(error));
    return;
  }
  if (!pool.holds(sandbox, frame)) return; // it was replaced or released meanwhile
  asking?.send({ type: "sandbox_attached", sandbox, generation }, [], frame.ports);
  void frame.died.then(lost);
  void idle().then(() => pool.prepare()); // the spare that comes after it
}
