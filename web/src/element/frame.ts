/** When to draw. */

/** How often a hidden tab is drawn: it gets no frames. */
const HIDDEN_MS = 250;

export function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    if (document.visibilityState === "visible") requestAnimationFrame(() => resolve());
    else setTimeout(resolve, HIDDEN_MS);
  });
}
