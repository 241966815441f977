import { afterEach, expect, test } from "vitest";
import { PaEndpointForm } from "../../web/src/element/pa-endpoint-form";
import { endpointOf, type EndpointSettings, type Settings } from "../../web/src/settings";
import { Vault } from "../../web/src/vault";

afterEach(() => document.body.replaceChildren());

/** The form on screen, which keeps what it changes as the settings do. */
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

test("a small model is told by a tick, which is off until someone sets it", async () => {
  const form = await shown(endpointOf("ollama"));
  const small = field<HTMLInputElement>(form, "small")!;
  expect(small.checked).toBe(false);

  small.click();
  expect(form.endpoint.promptStyle).toBe("short");

  small.click();
  expect(form.endpoint.promptStyle).toBe("full");
});
