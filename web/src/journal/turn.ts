/**
 * The turn to write a conversation, which one tab at a time has: a Web Lock. The browser gives it
 * back when the tab ends, however it ends.
 */

/** A turn that this tab has. */
export interface Turn {
  /** Gives it back. */
  release(): void;
}

const PREFIX = "pyagent-conversation-";

/**
 * Takes the turn for a conversation. Resolves with null if another tab has it, unless `steal` says
 * to take it from there. `onLost` is called when another tab takes it from here.
 */
export function takeTurn(
  conversation: string,
  onLost: () => void,
  { steal = false } = {},
): Promise<Turn | null> {
  if (!navigator.locks) return Promise.resolve({ release: () => undefined });
  const options: LockOptions = steal ? { steal } : { ifAvailable: true };
  return request(conversation, options, onLost);
}

/** Waits until this tab has the turn. `signal` ends the wait, which then never resolves. */
export function waitForTurn(
  conversation: string,
  onLost: () => void,
  signal: AbortSignal,
): Promise<Turn | null> {
  return request(conversation, { signal }, onLost);
}

/** The ids of the conversations that some tab writes. */
export async function takenTurns(): Promise<ReadonlySet<string>> {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  const names = held.map(({ name }) => name ?? "").filter((name) => name.startsWith(PREFIX));
  return new Set(names.map((name) => name.slice(PREFIX.length)));
}

function request(
  conversation: string,
  options: LockOptions,
  onLost: () => void,
): Promise<Turn | null> {
  const taken = Promise.withResolvers<Turn | null>();
  const held = Promise.withResolvers<void>();
  let released = false;
  const release = (): void => {
    released = true;
    held.resolve();
  };
  navigator.locks
    .request(PREFIX + conversation, options, (lock) => {
      taken.resolve(lock && { release });
      return lock ? held.promise : undefined;
    })
    .catch((error: unknown) => {
      // A lock that was stolen ends with this error, and so does a wait that was given up.
      if (error instanceof DOMException && error.name === "AbortError") {
        if (!released && !options.signal?.aborted) onLost();
      } else taken.reject(error);
    });
  return taken.promise;
}
