/**
 * Lets the sandbox be noticed when it closes itself. No event tells of a worker that calls `close`,
 * so its function is replaced before any code runs, wherever the worker's scope has it.
 */

/** Calls `closed` when something in the worker closes it, and then closes it. */
export function noticeClosing(scope: { close(): void }, closed: () => void): void {
  const close = scope.close.bind(scope);
  const value = (): void => {
    closed();
    close();
  };
  const fixed = { value, writable: false, configurable: false, enumerable: true };
  for (let holder: object | null = scope; holder !== null; holder = Object.getPrototypeOf(holder)) {
    if (Object.hasOwn(holder, "close")) Reflect.defineProperty(holder, "close", fixed);
  }
  if (!Object.hasOwn(scope, "close")) Reflect.defineProperty(scope, "close", fixed);
}
