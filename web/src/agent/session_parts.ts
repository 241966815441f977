/** What a session is made of: the real parts, which a test can replace. */
import { fetchRuntime } from "../runtime/assets";
import type { RuntimeFiles } from "../runtime/boot";
import { checkBrowser } from "../runtime/support";
import { SandboxPool } from "../sandbox/pool";
import { Agent } from "./agent";

/** What a session needs from the browser. A test passes its own. */
export interface SessionParts {
  /** Throws `SessionError` in a browser that lacks what we need. */
  checkBrowser(): void;
  fetchRuntime: typeof fetchRuntime;
  makePool(runtime: RuntimeFiles): Pick<SandboxPool, keyof SandboxPool>;
  makeAgent(...args: ConstructorParameters<typeof Agent>): Pick<Agent, keyof Agent>;
}

export const browserParts: SessionParts = {
  checkBrowser,
  fetchRuntime,
  makePool: (runtime) => new SandboxPool(runtime),
  makeAgent: (...args) => new Agent(...args),
};
