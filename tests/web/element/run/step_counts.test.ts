import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PyAgent } from "../../../../web/src/element/py-agent";
import type { FromAgent } from "../../../../web/src/protocol";
import { FakeSession } from "../../support/fake_session";
import * as say from "../../support/messages";
import { allDrawn, pageElement, prepareJsdom, within } from "../../support/page_element";

let session: FakeSession;
let element: PyAgent;

beforeEach(async () => {
  prepareJsdom();
  session = new FakeSession();
  element = pageElement(session);
  document.body.append(element);
  session.start();
  await element.configure({ model: { provider: "openai", model: "m", apiKey: "sk-1" } });
});
afterEach(() => {
  document.body.replaceChildren();
  localStorage.clear();
  vi.unstubAllGlobals();
});
afterAll(allDrawn);

async function run(messages: FromAgent[]): Promise<void> {
  const tasks = session.tasks.length;
  const running = element.run("Go");
  await vi.waitFor(() => expect(session.tasks).toHaveLength(tasks + 1));
  await vi.waitFor(() => expect(texts(".status")).not.toEqual([]));
  session.say(say.started("Go"));
  for (const message of messages) session.say(message);
  await running;
}

function texts(selector: string): string[] {
  return within(element.shadowRoot!, selector).map((one) =>
    one.textContent!.replace(/\s+/g, " ").trim(),
  );
}

/** What each place of the screen says about the steps of the runs so far. */
async function told() {
  await vi.waitFor(() => expect(texts(".steps.finished > summary")).not.toEqual([]));
  await new Promise((resolve) => setTimeout(resolve, 50)); // everything is drawn
  const steps = (all: string[]) => all.flatMap((text) => text.match(/\d+ steps?/) ?? []);
  return {
    titles: steps(texts(".steps.finished > summary")),
    footers: steps(texts("footer[part=footer] span")),
    totals: steps(texts(".totals")),
  };
}

const cancelled = say.finished({ success: false, reason: "cancelled", steps: 0 });

test("a step that was stopped counts in the run and in the totals", async () => {
  for (const runs of [1, 2]) {
    await run([
      say.step(1),
      say.replied(1, "", "x = 1"),
      say.totals({ runs, steps: 0 }),
      cancelled,
    ]);
  }

  expect(await told()).toEqual({
    titles: ["1 step", "1 step"],
    footers: ["1 step", "1 step"],
    totals: ["2 steps"],
  });
});

test("a plan is no step", async () => {
  const planned = [say.planned(1, "1. Look"), say.step(1), say.replied(1, "", "x")];
  for (const runs of [1, 2]) {
    await run([
      ...planned,
      say.ended(1),
      say.totals({ runs, steps: 2 * runs }),
      say.finished({ output: "x", steps: 2 }),
    ]);
  }

  expect(await told()).toEqual({
    titles: ["1 step", "1 step"],
    footers: ["1 step", "1 step"],
    totals: ["2 steps"],
  });
});

test("the best answer when the steps are used up is no step", async () => {
  await run([
    say.step(1),
    say.replied(1, "", "x"),
    say.ended(1),
    say.step(2, true),
    say.replied(2, "Perhaps 1.", ""),
    say.ended(2),
    say.finished({ output: "Perhaps 1.", success: false, reason: "max_steps", steps: 1 }),
  ]);

  expect(await told()).toEqual({ titles: ["1 step"], footers: ["1 step"], totals: [] });
  expect(texts("h3").map((text) => text.split(" ·")[0])).toEqual(["Step 1", "Best answer"]);
});

test("a reply that was refused is a step", async () => {
  const error = { ...say.noError, type: "ParseError", message: "Your reply was empty." };
  await run([
    say.step(1),
    say.replied(1, "", ""),
    say.ended(1, { error }),
    say.step(2),
    say.replied(2, "", "final_answer(1)"),
    say.ended(2),
    say.finished({ output: 1, steps: 2 }),
  ]);

  expect(await told()).toEqual({ titles: ["2 steps"], footers: ["2 steps"], totals: [] });
});

test("totals keep the steps of a conversation that was cleared", async () => {
  await run([say.step(1), say.replied(1, "", "x"), say.ended(1), say.finished({ output: "x" })]);
  await element.clear();
  await run([
    say.step(1),
    say.replied(1, "", "x"),
    say.ended(1),
    say.totals({ runs: 2, steps: 2 }),
    say.finished({ output: "x" }),
  ]);

  expect((await told()).totals).toEqual(["2 steps"]);
});
