/** Whether the browser may delete what it keeps for this site when space is short. */

/** Whether it may not; null if the browser does not say. */
export async function isPersistent(): Promise<boolean | null> {
  return (await navigator.storage?.persisted?.().catch(() => null)) ?? null;
}

/** Asks the browser not to. It may ask the person. Resolves with whether it agrees. */
export async function askToPersist(): Promise<boolean> {
  return (await navigator.storage?.persist?.().catch(() => false)) ?? false;
}

/** Whether asking shows the person a question. Then it waits until the person wants that. */
export function persistAsks(): boolean {
  return !("userAgentData" in navigator); // Chromium decides by itself
}
