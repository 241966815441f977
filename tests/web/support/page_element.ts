/** Runs `<py-agent>` in jsdom, which lacks some of the browser's functions. */
import { vi } from "vitest";
import { PyAgent } from "../../../web/src/element/py-agent";
import { FakeSession } from "./fake_session";

/** Adds what jsdom lacks, before each test; `vi.unstubAllGlobals` removes it. */
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

/** Resolves when nothing is left to draw in `elements`, whose sessions end after they are removed. A
 *  drawing that is still due would fail once the test file is over, because the DOM is gone then. */
export async function allDrawn(elements: readonly PyAgent[]): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  await Promise.all(elements.map((element) => element.updateComplete));
}

/** Returns an element with `session`, not yet in the document. */
export function pageElement(session: FakeSession): PyAgent {
  const element = new PyAgent();
  element.sessionFactory = () => session;
  return element;
}

/** Returns everything that `selector` finds in `root` and in its shadow roots. */
export function within(root: ParentNode, selector: string): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>("*")].flatMap((one) => [
    ...(one.matches(selector) ? [one] : []),
    ...(one.shadowRoot ? within(one.shadowRoot, selector) : []),
  ]);
}
