import { expect, test } from "vitest";
import { ChosenModel } from "../../web/src/models/chosen";
import type { ModelChoice } from "../../web/src/session_api";

const ENDPOINT: ModelChoice = {
  kind: "endpoint",
  model: "m",
  baseUrl: "http://127.0.0.1:8080/v1",
  apiKey: "",
  format: "openai",
  promptStyle: "full",
  thinking: null,
};

function chosen(changes: object) {
  const model = new ChosenModel(
    new URL(document.baseURI),
    () => undefined,
    () => undefined,
  );
  return model.choose({ ...ENDPOINT, ...changes });
}

test.each(["full", "short"] as const)(
  "an endpoint's agent is told that the prompt is to be %s",
  async (promptStyle) => {
    expect((await chosen({ promptStyle })).prompt_style).toBe(promptStyle);
  },
);

test.each([true, false, null])("an endpoint's agent is told of thinking: %s", async (thinking) => {
  expect((await chosen({ format: "anthropic", thinking })).thinking).toBe(thinking);
});
