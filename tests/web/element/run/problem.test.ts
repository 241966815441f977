import { afterEach, expect, test } from "vitest";
import "../../../../web/src/element/run/pa-problem";

afterEach(() => document.body.replaceChildren());

async function buttons(kind: string): Promise<string[]> {
  const element = document.createElement("pa-problem");
  element.problem = { kind, message: "It failed.", advice: "Check the base URL." };
  document.body.append(element);
  await element.updateComplete;
  return [...element.renderRoot.querySelectorAll("button")].map((one) => one.textContent!.trim());
}

test.each(["wrong_url", "wrong_key", "no_key", "no_model", "quota", "unreachable"])(
  "a problem of the kind %s leads to the settings, which mend it",
  async (kind) => {
    expect(await buttons(kind)).toEqual(["Open settings"]);
  },
);

test("a problem that no setting mends has no such button", async () => {
  expect(await buttons("agent_lost")).toEqual([]);
});
