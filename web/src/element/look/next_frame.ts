/** Decides when to draw. */

/** The time between two drawings in a hidden tab, which gets no frames. */
const HIDDEN_MS = 250;

/** The least time between two drawings, each of which takes processor time from the agent. */
const GAP_MS = 50;

let drawn = 0;

/** Resolves when it is time to draw: at once, unless something was drawn just before. */
export async function nextFrame(): Promise<void> {
  const wait = drawn + GAP_MS - performance.now();
  if (wait > 0) await delay(wait);
  if (document.visibilityState === "visible") await new Promise(requestAnimationFrame);
  else await delay(HIDDEN_MS);
  drawn = performance.now();
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
