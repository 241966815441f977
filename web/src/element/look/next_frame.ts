/** When to draw. */

/** How often a hidden tab is drawn: it gets no frames. */
const HIDDEN_MS = 250;

/** The least time between two drawings. Each takes processor time from the agent and its code. */
const GAP_MS = 50;

let drawn = 0;

/** The next moment to draw in: at once, unless something was drawn just before. */
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
