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
  return focused() === null || document.activeElement === outermost(element);
}

/** What `element` is in, in the document itself. */
export function outermost(element: Element): Element {
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? outermost(root.host) : element;
}

/** The element in whose shadow tree `element` stands. */
export function hostOf(element: Element | null): Element | null {
  const root = element?.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}
