/** Checks whether this browser has what a session needs. */
import { SessionError } from "../api/error";
import { ownScript } from "../trusted";

const UPDATE = "Use a current Chrome, Edge or Firefox.";

/** Throws a `SessionError` that names what is missing. */
export function checkBrowser(): void {
  if (typeof WebAssembly !== "object") {
    throw new SessionError(
      "unsupported_browser",
      "This browser has no WebAssembly, in which the agent's Python runs.",
      `${UPDATE} Some browsers switch WebAssembly off in a strict or lockdown mode.`,
    );
  }
  if (!hasModuleWorkers()) {
    throw new SessionError(
      "unsupported_browser",
      "This browser cannot start module workers, in which the agent runs.",
      UPDATE,
    );
  }
  if (!("Suspending" in WebAssembly) && !crossOriginIsolated) {
    throw new SessionError(
      "unsupported_browser",
      "This browser has neither JSPI nor, on this page, SharedArrayBuffer, so code in the sandbox " +
        "could not wait for a tool.",
      `${UPDATE} Or have the page served with the headers COOP and COEP.`,
    );
  }
}

function hasModuleWorkers(): boolean {
  let asked = false;
  const options = {
    get type(): WorkerType {
      asked = true;
      return "module";
    },
  };
  try {
    new Worker(ownScript("blob:"), options).terminate();
  } catch {
    // The address is not valid; all that matters is whether `type` was read.
  }
  return asked;
}
