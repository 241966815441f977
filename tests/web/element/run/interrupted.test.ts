/** What a person reads of a task, or of a batch, that was interrupted. */
import { afterEach, expect, test } from "vitest";
import "../../../../web/src/element/run/pa-run";
import {
  emptyConversation,
  reduce,
  type Action,
} from "../../../../web/src/element/state/conversation";
import type { Event } from "../../../../web/src/protocol";
import * as say from "../../support/messages";

afterEach(() => document.body.replaceChildren());

const given = (task: string, batch: boolean): Action => ({
  type: "submitted",
  key: 1,
  task,
  files: [],
  model: "m",
  batch,
});

/** The banner of the run after these events and an interruption. */
async function bannerOf(first: Action, ...events: Event[]) {
  const actions: Action[] = [
    first,
    ...events.map((event): Action => ({ type: "event", event, buffers: [] })),
    { type: "interrupted" },
  ];
  const { runs } = actions.reduce(reduce, emptyConversation);
  const element = Object.assign(document.createElement("pa-run"), { run: runs[0]!, last: true });
  document.body.append(element);
  await element.updateComplete;
  const banner = element.shadowRoot!.querySelector("pa-interrupted")!;
  await banner.updateComplete;
  const root = banner.shadowRoot!;
  return {
    said: root.querySelector("[role=status]")!.textContent!.replace(/\s+/g, " ").trim(),
    buttons: [...root.querySelectorAll("button")].map((one) => one.textContent!.trim()),
  };
}

test("a batch says how many tasks ended, and that the others are not gone on with", async () => {
  const call = (id: number) => say.called(1, id, "task", { task: "?" });
  const { said, buttons } = await bannerOf(
    given("3 tasks", true),
    say.started("3 tasks"),
    say.step(1),
    call(1),
    call(2),
    call(3),
    say.returned(1, 2, "task", "4"),
  );

  expect(said).toBe(
    "This batch was interrupted: 1 of 3 tasks ended, and what they gave is kept. " +
      "The others are not gone on with; give them again.",
  );
  expect(buttons).toEqual([]);
});

test("a batch of which nothing ended is given again", async () => {
  const { said } = await bannerOf(given("1 task", true), say.started("1 task"), say.step(1));

  expect(said).toBe(
    "This batch of 1 task was interrupted before the first one ended. Give it again.",
  );
});

test("a task says after which step it was interrupted", async () => {
  const { said, buttons } = await bannerOf(
    given("Add", false),
    say.started("Add"),
    say.step(1),
    say.ended(1),
    say.step(2),
  );

  expect(said).toBe("This task was interrupted after step 1.");
  expect(buttons).toEqual(["Run it again"]);
});

test("a batch whose tasks all ended lacks nothing but its end", async () => {
  const { said, buttons } = await bannerOf(
    given("2 tasks", true),
    say.started("2 tasks"),
    say.step(1),
    say.called(1, 1, "task", { task: "?" }),
    say.called(1, 2, "task", { task: "?" }),
    say.returned(1, 1, "task", "4"),
    say.returned(1, 2, "task", "5"),
  );

  expect(said).toBe("This batch was interrupted after all of its tasks had ended.");
  expect(buttons).toEqual([]);
});
