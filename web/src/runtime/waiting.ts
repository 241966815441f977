/** Tells of a download that somebody else in this browser does, while this one waits for it. */

const EVERY_MS = 500;

/** Calls `tell` twice a second until the function that it returns is called. Not at once, because
 *  most often nobody else is there. */
export function whileWaiting(tell: () => Promise<void>): () => void {
  const timer = setInterval(() => void tell().catch(() => undefined), EVERY_MS);
  return () => clearInterval(timer);
}
