import { expect, test, vi } from "vitest";
import "../../../../web/src/element/run/pa-paused";
import "../../../../web/src/element/run/pa-run";
import {
  emptyConversation,
  reduce,
  type Action,
} from "../../../../web/src/element/state/conversation";
import * as say from "../../support/messages";
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

test("a paused run that is being stopped says so", async () => {
  const actions: Action[] = [
    { type: "submitted", key: 1, task: "Add", files: [], model: "m", batch: false },
    { type: "event", event: say.started("Add"), buffers: [] },
    { type: "event", event: say.paused("No network."), buffers: [] },
  ];
  const state = actions.reduce(reduce, emptyConversation);
  const element = Object.assign(document.createElement("pa-run"), { run: state.runs[0]! });
  document.body.append(element);
  await element.updateComplete;
  const root = element.shadowRoot!;
  expect(root.querySelector("pa-paused")).not.toBeNull();
  expect(root.querySelector(".status")).toBeNull();

  element.run = reduce(state, { type: "stopping" }).runs[0]!;
  await element.updateComplete;

  expect(root.querySelector("pa-paused")).toBeNull();
  expect(root.querySelector(".status")!.textContent).toContain("Stopping…");
});

test("only the sentence of a pause is in the live region", async () => {
  const paused = Object.assign(document.createElement("pa-paused"), { message: "No network." });
  document.body.append(paused);
  await paused.updateComplete;

  const status = paused.shadowRoot!.querySelector("[role=status]")!;
  expect(status.textContent).toContain("No network.");
  expect(status.querySelector("button")).toBeNull();
});
