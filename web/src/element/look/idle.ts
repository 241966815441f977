/** Does work while nothing else happens in the page. */

/** A task waits no longer than this for idle time. */
const PATIENCE_MS = 5_000;

/** Does the tasks one after the other, each when the browser is idle. A browser that cannot tell does
 *  none of them, so they must be such as can be left out. */
export async function whenIdle(tasks: Iterable<() => unknown>): Promise<void> {
  if (typeof requestIdleCallback !== "function") return;
  for (const task of tasks) {
    await new Promise((resolve) => requestIdleCallback(resolve, { timeout: PATIENCE_MS }));
    task();
  }
}
