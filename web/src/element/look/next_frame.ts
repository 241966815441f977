/** Decides when to draw. */

/** The time between two drawings in a hidden tab, which gets no frames. */
const HIDDEN_MS = 250;

/** The least time between two drawings, each of which takes processor time from the agent. */
const GAP_MS = 50;

/** Drawing takes at most one part in so many of the time, so that the page can always be used. */
const SHARE = 4;

let drawn = 0;
/** The time that the last drawing took. */
let cost = 0;

/** Resolves when it is time to draw: at once, unless something was drawn just before. */
export async function nextFrame(): Promise<void> {
  const wait = drawn + Math.max(GAP_MS, cost * (SHARE - 1)) - performance.now();
  if (wait > 0) await delay(wait);
  if (document.visibilityState === "visible") await new Promise(requestAnimationFrame);
  else await delay(HIDDEN_MS);
  const began = performance.now();
  drawn = began;
  // The browser lays out and paints before it runs a task.
  void delay(0).then(() => {
    drawn = performance.now();
    cost = drawn - began;
  });
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
