import { afterEach, expect, test, vi } from "vitest";
import { focused } from "../../../../web/src/element/look/focus";
import { PaEndpointForm } from "../../../../web/src/element/settings/pa-endpoint-form";
import {
  endpointOf,
  type EndpointSettings,
  type Settings,
} from "../../../../web/src/settings/settings";
import { Vault } from "../../../../web/src/settings/vault";

afterEach(() => {
  document.body.replaceChildren();
  vi.restoreAllMocks();
});

/** Shows the form, and keeps its changes like the settings panel does. */
async function shown(endpoint: EndpointSettings): Promise<PaEndpointForm> {
  const form = new PaEndpointForm();
  Object.assign(form, { endpoint, vault: new Vault() });
  form.addEventListener("change", (event) => {
    form.endpoint = (event as CustomEvent<Partial<Settings>>).detail.endpoint!;
  });
  document.body.append(form);
  await form.updateComplete;
  return form;
}

function field<T extends HTMLElement>(form: PaEndpointForm, id: string): T | null {
  return form.shadowRoot!.querySelector<T>(`#${id}`);
}

function keyLabel(form: PaEndpointForm): string | undefined {
  return form.shadowRoot!.querySelector('label[for="key"]')?.textContent?.trim();
}

test("a provider of the longer list brings its address and whether it needs a key", async () => {
  const form = await shown(endpointOf("openai"));
  const provider = field<HTMLSelectElement>(form, "provider")!;
  const group = provider.querySelector("optgroup")!;
  expect(group.querySelector('option[value="openai"]')).toBeNull();

  provider.value = "novita";
  provider.dispatchEvent(new Event("change"));
  await form.updateComplete;

  expect(form.endpoint).toMatchObject({
    provider: "novita",
    baseUrl: "https://api.novita.ai/openai",
  });
  expect(field<HTMLSelectElement>(form, "provider")!.value).toBe("novita");
  expect(field(form, "format")).toBeNull();
  expect(keyLabel(form)).toBe("Key");
});

test("an unknown server may need a key, and a local one needs none", async () => {
  expect(keyLabel(await shown(endpointOf("custom")))).toBe("Key (if it needs one)");
  expect(keyLabel(await shown(endpointOf("ollama")))).toBeUndefined();
});

test("a checkbox marks a small model, and is off by default", async () => {
  const form = await shown(endpointOf("ollama"));
  const small = field<HTMLInputElement>(form, "small")!;
  expect(small.checked).toBe(false);

  small.click();
  expect(form.endpoint.promptStyle).toBe("short");

  small.click();
  expect(form.endpoint.promptStyle).toBe("full");
});

test.each(["true", "false", "null"])("thinking can be set to %s", async (choice) => {
  const form = await shown({ ...endpointOf("anthropic"), thinking: true });
  const thinking = field<HTMLSelectElement>(form, "thinking")!;
  expect(thinking.value).toBe("true");

  thinking.value = choice;
  thinking.dispatchEvent(new Event("change"));

  expect(String(form.endpoint.thinking)).toBe(choice);
});

test.each([
  ["anthropic", true],
  ["gemini", true],
  ["openai", false],
] as const)("thinking is offered where the format has it: %s", async (provider, offered) => {
  const form = await shown(endpointOf(provider));

  expect(field(form, "thinking") !== null).toBe(offered);
});

test("another provider's model thinks by its own default", async () => {
  const form = await shown(endpointOf("anthropic"));
  const thinking = field<HTMLSelectElement>(form, "thinking")!;
  thinking.value = "true";
  thinking.dispatchEvent(new Event("change"));
  await form.updateComplete;

  form.endpoint = endpointOf("gemini");
  await form.updateComplete;

  expect(field<HTMLSelectElement>(form, "thinking")!.value).toBe("null");
});

test("an address without http:// is proposed with it, and its key goes along", async () => {
  const form = await shown({ ...endpointOf("custom"), baseUrl: "localhost:1234", model: "m" });
  const key = field<HTMLInputElement>(form, "key")!;
  key.value = "sk-1";
  key.dispatchEvent(new Event("input"));
  await form.updateComplete;

  form.shadowRoot!.querySelector<HTMLButtonElement>(".link")!.click();
  await form.updateComplete;

  expect(form.endpoint.baseUrl).toBe("http://localhost:1234/v1");
  expect(field<HTMLInputElement>(form, "key")!.value).toBe("sk-1");
  expect(form.shadowRoot!.querySelector(".link")).toBe(null);
});

test("a check without an address says what is missing", async () => {
  const form = await shown({ ...endpointOf("custom"), model: "m" });

  const check = form.shadowRoot!.querySelector<HTMLButtonElement>(".check button")!;
  expect(check.disabled).toBe(false);
  check.click();
  await vi.waitFor(() =>
    expect(form.shadowRoot!.querySelector(".fault")?.textContent).toContain(
      "The address is missing.",
    ),
  );
});

function servingModels(...names: string[]): void {
  vi.spyOn(globalThis, "fetch").mockImplementation(async (_, options) =>
    Response.json(
      options?.method === "POST" ? { choices: [] } : { data: names.map((id) => ({ id })) },
    ),
  );
}

async function outcome(form: PaEndpointForm): Promise<string> {
  form.shadowRoot!.querySelector<HTMLButtonElement>(".check button")!.click();
  const text = () => form.shadowRoot!.querySelector(".fine span")?.textContent ?? "";
  await vi.waitFor(() => expect(text()).not.toBe(""));
  return text();
}

test.each([
  ["127.0.0.1:9911", "http://127.0.0.1:9911"],
  ["localhost:1234/v1", "http://localhost:1234/v1"],
  ["llm.example/v1/chat/completions", "https://llm.example/v1"],
])("a check of %s puts the address that answers into the field", async (typed, address) => {
  servingModels("m");
  const form = await shown({ ...endpointOf("custom"), baseUrl: typed, model: "m" });

  expect(await outcome(form)).toContain(`The base URL is now ${address}.`);

  expect(form.endpoint.baseUrl).toBe(address);
  await form.updateComplete;
  expect(form.shadowRoot!.querySelector(".link")).toBe(null);
  await expect(form.commit()).resolves.toBe(undefined);
});

test.each([
  ["foo", "foo answers, but is not in the server's list: stand-in-1 and stand-in-2."],
  ["stand-in-2", "The model answers. The server offers 2 models."],
])("a check of the model %s says whether the server lists it", async (model, text) => {
  servingModels("stand-in-1", "stand-in-2");
  const baseUrl = "http://127.0.0.1:9911/v1";

  expect(await outcome(await shown({ ...endpointOf("custom"), baseUrl, model }))).toBe(text);
});

test("the field for the passphrase has the focus when it appears and when it is too short", async () => {
  const form = await shown({
    ...endpointOf("custom"),
    baseUrl: "https://x.example/v1",
    model: "m",
  });
  const keys = form.shadowRoot!.querySelector("pa-keys")!;
  await keys.updateComplete;
  const box = keys.renderRoot.querySelector<HTMLInputElement>("[type=checkbox]")!;
  box.disabled = false;
  box.click();
  await vi.waitFor(() => expect(focused()?.id).toBe("passphrase"));
  focused()!.blur();

  await expect(form.commit()).rejects.toThrow("Choose a passphrase");

  expect(focused()?.id).toBe("passphrase");
});
