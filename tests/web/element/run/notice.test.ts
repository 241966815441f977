import { afterEach, beforeEach, expect, test, vi } from "vitest";
import "../../../../web/src/element/run/pa-notice";
import type { Retry } from "../../../../web/src/element/state/run";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  document.body.replaceChildren();
  vi.useRealTimers();
});

async function shown(retry: Retry | null) {
  const element = document.createElement("pa-notice");
  element.notice = { kind: "notice", level: "warning", message: "Busy (429).", retry };
  document.body.append(element);
  await element.updateComplete;
  const text = () =>
    element.shadowRoot!.querySelector("p")!.textContent!.replace(/\s+/g, " ").trim();
  const after = async (seconds: number) => {
    vi.advanceTimersByTime(seconds * 1000);
    await element.updateComplete;
    return text();
  };
  return { element, text, after };
}

test("the seconds to the next request count down", async () => {
  const { text, after } = await shown({ inS: 12, times: 1, over: false });

  expect(text()).toBe("Busy (429). Trying again in 12 s.");
  expect(await after(5)).toBe("Busy (429). Trying again in 7 s.");
  expect(await after(8)).toBe("Busy (429). Trying again…");
});

test("another failed request starts the count again and says how many there were", async () => {
  const { element, after } = await shown({ inS: 2, times: 1, over: false });
  await after(2);

  element.notice = { ...element.notice, retry: { inS: 30, times: 2, over: false } };

  expect(await after(0)).toBe("Busy (429). Failed 2 times. Trying again in 30 s.");
});

test.each([
  [{ inS: 4, times: 1, over: true }, "Busy (429)."],
  [{ inS: 4, times: 5, over: true }, "Busy (429). Failed 5 times."],
  [null, "Busy (429)."],
])("a notice that waits for nothing has no countdown", async (retry, expected) => {
  const { text, after } = await shown(retry);

  expect(text()).toBe(expected);
  expect(await after(10)).toBe(expected);
  expect(vi.getTimerCount()).toBe(0);
});
