/** Tests what a person reads while something is loaded. */
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { progressText } from "../../../../web/src/element/frame/pa-progress";
import { FakeSession } from "../../support/fake_session";
import { allDrawn, pageElement, prepareJsdom, within } from "../../support/page_element";

beforeEach(prepareJsdom);
afterEach(() => {
  document.body.replaceChildren();
  localStorage.clear();
  vi.unstubAllGlobals();
});
afterAll(allDrawn);

const progress = {
  stage: "model",
  label: "Downloading Qwen",
  loaded: 120e6,
  total: 491e6,
} as const;

test.each([
  [3.1e6, "Downloading Qwen · 120 MB of 491 MB · 3.1 MB/s · about 2 min left"],
  [20e6, "Downloading Qwen · 120 MB of 491 MB · 20 MB/s · about 20 s left"],
  [400e6, "Downloading Qwen · 120 MB of 491 MB · 400 MB/s · about 5 s left"],
  [20e3, "Downloading Qwen · 120 MB of 491 MB · 20 kB/s · about 5 h left"],
  [null, "Downloading Qwen · 120 MB of 491 MB"],
])("a download of %s bytes a second says what is left", (bytesPerSecond, text) => {
  expect(progressText({ ...progress, bytesPerSecond })).toBe(text);
});

test("a download of unknown size says how fast it is", () => {
  expect(progressText({ ...progress, total: null, bytesPerSecond: 2e6 })).toBe(
    "Downloading Qwen · 120 MB · 2.0 MB/s",
  );
});

test("a download beside the dialog says why it starts over, and can be stopped", async () => {
  const session = new FakeSession();
  const element = pageElement(session);
  document.body.append(element);
  session.start();
  await element.ready;
  session.progress({ ...progress, note: "The host cannot continue a download." });
  const shown = () =>
    within(within(element.shadowRoot!, "pa-notices")[0]!.shadowRoot!, "pa-progress")[0];
  await vi.waitFor(() => expect(shown()?.shadowRoot?.textContent).toContain("cannot continue"));

  within(shown()!.shadowRoot!, "[aria-label='Stop loading']")[0]!.click();

  await vi.waitFor(() => expect(shown()).toBeUndefined());
  expect(session.configured.at(-1)!.model).toEqual({ kind: "demo" });
});
