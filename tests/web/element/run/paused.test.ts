import { expect, test, vi } from "vitest";
import "../../../../web/src/element/run/pa-paused";
import type { PaPaused } from "../../../../web/src/element/run/pa-paused";

test("a pause says why, and offers to try now or to stop", async () => {
  const paused: PaPaused = document.createElement("pa-paused");
  paused.message = "Paused: no network.";
  document.body.append(paused);
  await paused.updateComplete;
  const told = vi.fn((event: Event) => event.type);
  for (const type of ["try-now", "stop"]) paused.addEventListener(type, told);

  const root = paused.shadowRoot!;
  const buttons = [...root.querySelectorAll("button")];
  for (const button of buttons) button.click();

  expect(root.textContent).toContain("Paused: no network.");
  expect(buttons.map(({ textContent }) => textContent)).toEqual(["Try now", "Stop"]);
  expect(told.mock.results.map(({ value }) => value as string)).toEqual(["try-now", "stop"]);
});
