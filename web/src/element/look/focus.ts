/** Where the focus is, shadow trees included. */

/** What has the focus; null when nothing has. */
export function focused(): HTMLElement | null {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element instanceof HTMLElement && element !== document.body ? element : null;
}

/** Whether the focus is nowhere, or in the same agent's element as `element`: a person who types
 *  elsewhere in a page that embeds us is not interrupted. */
export function isFocusNear(element: Element): boolean {
  const other = focused();
  return other === null || agentOf(other) === agentOf(element);
}

/** Whether `element` is a field in which something is written, a word that is composed included. */
export function isWritten(element: Element | null): boolean {
  const isField = element instanceof HTMLTextAreaElement || element instanceof HTMLInputElement;
  return isField && element.value !== "";
}

/** The `<py-agent>` that `element` is a part of; null for what is in none. A page can have it in
 *  shadow trees of its own, so it need not be the outermost host. */
export function agentOf(element: Element): Element | null {
  for (let one: Element | null = element; one; one = hostOf(one)) {
    if (one.localName === "py-agent") return one;
  }
  return null;
}

/** The element in whose shadow tree `element` stands. */
export function hostOf(element: Element | null): Element | null {
  const root = element?.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}
