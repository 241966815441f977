import { expect, test } from "vitest";
import { ModelChoices } from "../../../web/src/settings/model_choices";
import { defaultModel, endpointOf, type OneModel } from "../../../web/src/settings/settings";
import { Vault } from "../../../web/src/settings/vault";

/** A vault that keeps a key for these origins, and is locked. */
class Locked extends Vault {
  constructor(private readonly origins: string[]) {
    super();
  }

  override async load(): Promise<void> {}

  override async lockedFor(origin: string): Promise<boolean> {
    return this.origins.includes(origin);
  }
}

function endpoint(provider: string, baseUrl: string): OneModel {
  return {
    ...defaultModel,
    kind: "endpoint",
    endpoint: { ...endpointOf(provider), baseUrl, model: "m" },
  };
}

test.each([
  ["custom", "http://127.0.0.1:9911/v1", "127.0.0.1:9911"],
  ["openai", "https://api.openai.com/v1", "api.openai.com"],
  ["groq", "https://api.groq.com/openai/v1", "api.groq.com"],
])("nothing is sent to %s at %s while its key is locked", async (provider, baseUrl, host) => {
  const choices = new ModelChoices(new Locked([new URL(baseUrl).origin]));

  await expect(choices.choiceOf(endpoint(provider, baseUrl))).rejects.toMatchObject({
    kind: "no_key",
    message: `The key for ${host} is locked.`,
  });
});

test("a server without a kept key is asked while other keys are locked", async () => {
  const choices = new ModelChoices(new Locked(["https://api.openai.com"]));
  const model = endpoint("custom", "http://127.0.0.1:1234/v1");

  expect(await choices.choiceOf(model)).toMatchObject({ kind: "endpoint", apiKey: "" });
});
