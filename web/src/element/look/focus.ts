/** Finds the focus, in shadow trees too. */

/** Returns the element that has the focus; null when none has. */
export function focused(): HTMLElement | null {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element instanceof HTMLElement && element !== document.body ? element : null;
}

/** Brings a field into view and focuses it, so that a person sees what a sentence speaks of. */
export function attend(field: HTMLElement | null): void {
  field?.scrollIntoView?.({ block: "center" }); // jsdom has none
  field?.focus({ preventScroll: true });
}

/** Whether the focus is nowhere, or in the same `<py-agent>` as `element`. A person who types
 *  elsewhere in the page must not be interrupted. */
export function isFocusNear(element: Element): boolean {
  const other = focused();
  return other === null || agentOf(other) === agentOf(element);
}

/** Whether `element` is a field with text in it, which may be a word that is still being
 *  composed. */
export function isWritten(element: Element | null): boolean {
  const isField = element instanceof HTMLTextAreaElement || element instanceof HTMLInputElement;
  return isField && element.value !== "";
}

/** Returns the `<py-agent>` that contains `element`; null when none does. It need not be the
 *  outermost host, because a page may put it into its own shadow trees. */
export function agentOf(element: Element): Element | null {
  for (let one: Element | null = element; one; one = hostOf(one)) {
    if (one.localName === "py-agent") return one;
  }
  return null;
}

/** Returns the element whose shadow tree contains `element`. */
export function hostOf(element: Element | null): Element | null {
  const root = element?.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}
