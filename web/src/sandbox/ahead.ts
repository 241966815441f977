/**
 * The worker's side of loading packages ahead, while the sandbox is a spare. It stops when the
 * sandbox is taken, so that code waits for one module at most.
 */
import type { Ahead } from "./messages";

/** `Ahead` of pyagent/browser/guest_entry.py. */
interface Python {
  install(name: string, wheel: Uint8Array): void;
  load(module: string): boolean;
}

/** Does what comes on `port`. `there` names the packages that need no wheel. `done` gets the modules
 *  that could not be imported. */
export function loadAhead(
  python: Python,
  port: MessagePort,
  there: readonly string[],
  done: (failed: string[]) => void,
): void {
  let isSpare = true;
  let work = Promise.resolve();

  async function load({ wheels, modules }: Ahead): Promise<void> {
    const failed: string[] = [];
    for (const [name, wheel] of Object.entries(wheels)) {
      if (there.includes(name)) continue;
      const bytes = new Uint8Array(await wheel.arrayBuffer());
      if (isSpare) python.install(name, bytes);
    }
    for (const module of modules) {
      await turn(); // in which the sandbox may be taken
      if (isSpare && !python.load(module)) failed.push(module);
    }
    done(failed);
  }

  port.onmessage = ({ data }: MessageEvent<Ahead | null>) => {
    if (data === null) isSpare = false;
    else work = work.then(() => load(data)).catch(() => done([...data.modules]));
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
