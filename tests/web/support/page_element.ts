/** `<py-agent>` in jsdom, which lacks some of what it asks of a browser. */
import { vi } from "vitest";
import { PyAgent } from "../../../web/src/element/py-agent";
import { FakeSession } from "./fake_session";

/** Before each test of the element; `vi.unstubAllGlobals` takes it back. */
export function prepareJsdom(): void {
  HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLDialogElement.prototype.close ??= function (this: HTMLDialogElement) {
    this.open = false;
  };
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
}

/** The element, not in the document yet, over `session`. */
export function pageElement(session: FakeSession): PyAgent {
  const element = new PyAgent();
  element.sessionFactory = () => session;
  return element;
}

/** All that `selector` finds in `root`, through shadow roots. */
export function within(root: ParentNode, selector: string): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>("*")].flatMap((one) => [
    ...(one.matches(selector) ? [one] : []),
    ...(one.shadowRoot ? within(one.shadowRoot, selector) : []),
  ]);
}
