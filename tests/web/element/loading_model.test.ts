import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeSession } from "../support/fake_session";
import { allDrawn, pageElement, prepareJsdom, within } from "../support/page_element";

beforeEach(prepareJsdom);
afterEach(() => {
  document.body.replaceChildren();
  localStorage.clear();
  vi.unstubAllGlobals();
});
afterAll(allDrawn);

test.each([
  ["nothing is known about its size", { loaded: 5, total: null }, "loading…"],
  ["a part is here", { loaded: 191, total: 491 }, "38\u00a0%"],
  ["all but a rest is here", { loaded: 490.9, total: 491 }, "99\u00a0%"],
])("a local model is not in use while it loads: %s", async (_, bytes, share) => {
  const session = new FakeSession();
  session.onConfigure = () => new Promise(() => {});
  const element = pageElement(session);
  document.body.append(element);
  session.start();
  await element.ready;
  await element.updateComplete;
  const composer = element.shadowRoot!.querySelector("pa-composer")!;
  const source = "https://example.org/m.gguf";
  void element.configure({ model: { provider: "local", model: source } }).catch(() => undefined);
  within(composer.shadowRoot!, "button.model")[0]!.click();

  const told = () => [
    within(composer.shadowRoot!, ".model .loading").map((one) => one.textContent),
    within(element.shadowRoot!, "#tab-local .loading").map((one) => one.textContent),
    within(element.shadowRoot!, ".used").length,
  ];
  session.progress({ stage: "model", label: "Downloading m", ...bytes });
  await vi.waitFor(() => expect(told()).toEqual([[share], [share], 0]));

  session.progress({ stage: "runtime", label: "Loading Python", loaded: 1, total: 2 });
  await vi.waitFor(() => expect(told()).toEqual([[], [], 1]));
});
