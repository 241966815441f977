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

const elements: PyAgent[] = [];

/** Resolves when no `pageElement` of a test file has anything left to draw. A test file calls this at
 *  its end, after removing the elements: a later drawing would fail, because the DOM is gone then. */
export async function allDrawn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve)); // sessions end in a later task
  await Promise.all(elements.map((element) => element.updateComplete));
}

/** Returns an element with `session`, not yet in the document. */
export function pageElement(session = new FakeSession()): PyAgent {
  const element = new PyAgent();
  element.sessionFactory = () => session;
  elements.push(element);
  return element;
}

/** Returns everything that `selector` finds in `root` and in its shadow roots. */
export function within(root: ParentNode, selector: string): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>("*")].flatMap((one) => [
    ...(one.matches(selector) ? [one] : []),
    ...(one.shadowRoot ? within(one.shadowRoot, selector) : []),
  ]);
}
