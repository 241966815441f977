/** Where the focus is, shadow trees included. */

/** What has the focus; null when nothing has. */
export function focused(): HTMLElement | null {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element instanceof HTMLElement && element !== document.body ? element : null;
}

/** Whether the focus is nowhere, or in the same part of the document as `element`: a person who
 *  types elsewhere in a page that embeds us is not interrupted. */
export function isFocusNear(element: Element): boolean {
  let outermost = element;
  for (let root = element.getRootNode(); root instanceof ShadowRoot; root = outermost.getRootNode())
    outermost = root.host;
  return focused() === null || document.activeElement === outermost;
}
