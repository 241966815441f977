import { afterEach, beforeEach, expect, test, vi } from "vitest";
import "../../../../web/src/element/run/pa-steps";
import type { PaSteps } from "../../../../web/src/element/run/pa-steps";
import { newStep } from "../../../../web/src/element/state/step_reducer";

let now = 0;
let frames: (() => void)[] = [];

beforeEach(() => {
  now += 10_000;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => frames.push(frame));
});
afterEach(async () => {
  document.body.replaceChildren();
  while (frames.length) await paint(); // nothing waits for the next test
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** Lets the browser paint, after which the next turns begin. */
async function paint(): Promise<void> {
  for (const frame of frames.splice(0)) frame();
  for (let task = 0; task < 3; task += 1) await new Promise((resolve) => setTimeout(resolve));
}

const steps = (count: number) => Array.from({ length: count }, (_, i) => newStep(i + 1, "done"));

/** Steps that take 3 ms each time that their number changes. */
async function shown(count: number): Promise<PaSteps> {
  const element = document.createElement("pa-steps");
  Object.assign(element, { steps: steps(count), open: true });
  const perform = element["performUpdate"].bind(element) as () => void;
  element["performUpdate"] = () => {
    now += 3;
    perform();
  };
  document.body.append(element);
  await element.updateComplete;
  return element;
}

function numbers(element: PaSteps): number[] {
  return [...element.renderRoot.querySelectorAll("pa-step")].map(({ step }) => step.number);
}

test("many steps come in turns, the first ones first, until all are there", async () => {
  const element = await shown(100);
  const counts = [numbers(element).length];
  while (counts.at(-1)! < 100) {
    await paint();
    expect(numbers(element)).toEqual(steps(numbers(element).length).map(({ number }) => number));
    counts.push(numbers(element).length);
  }

  expect(counts[0]).toBeLessThan(30);
  expect(counts.length).toBeGreaterThan(4);
});

test("steps that fold go in turns, the last ones first, and none is left", async () => {
  const element = await shown(40);
  while (numbers(element).length < 40) await paint();

  element.open = false;
  await element.updateComplete;
  const counts = [numbers(element).length];
  while (counts.at(-1)!) {
    await paint();
    counts.push(numbers(element).length);
  }

  expect(counts[0]).toBeGreaterThan(20);
  expect(counts.length).toBeGreaterThan(4);
});

test("steps that are opened while they fold all come back", async () => {
  const element = await shown(40);
  while (numbers(element).length < 40) await paint();
  element.open = false;
  await element.updateComplete;
  await paint();
  expect(numbers(element).length).toBeLessThan(40);

  element.open = true;
  while (frames.length) await paint();

  expect(numbers(element)).toHaveLength(40);
});

test("a step that changes leaves the components of the others alone", async () => {
  const element = await shown(50);
  while (frames.length) await paint();
  const before = [...element.renderRoot.querySelectorAll("pa-step")];
  let drawn = 0;
  for (const step of before) step.addController({ hostUpdated: () => (drawn += 1) });

  element.steps = element.steps.with(-1, { ...element.steps.at(-1)!, thought: "More." });
  await element.updateComplete;
  while (frames.length) await paint();

  expect([...element.renderRoot.querySelectorAll("pa-step")]).toEqual(before);
  expect(drawn).toBe(1);
});

test("a new step of a run that goes on is there at once", async () => {
  const element = await shown(21);
  while (frames.length) await paint();

  element.steps = [...element.steps, newStep(22, "asking")];
  await element.updateComplete;

  expect(numbers(element).at(-1)).toBe(22);
});
