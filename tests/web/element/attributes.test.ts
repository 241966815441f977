/** Tests attributes of `<py-agent>`: what they change, and what the person sees. */
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PyAgent } from "../../../web/src/element/py-agent";
import { defaultSettings, endpointOf, saveSettings } from "../../../web/src/settings/settings";
import { FakeSession } from "../support/fake_session";
import { allDrawn, pageElement, prepareJsdom, within } from "../support/page_element";

const OWN = {
  ...defaultSettings,
  kind: "endpoint" as const,
  endpoint: { ...endpointOf("ollama"), model: "own" },
};

let session: FakeSession;
let told: string[];

beforeEach(() => {
  prepareJsdom();
  localStorage.clear();
  saveSettings(OWN);
  session = new FakeSession();
  session.start();
  told = [];
});

afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});
afterAll(allDrawn);

function made(attributes: Record<string, string>): PyAgent {
  const element = pageElement(session);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.addEventListener("pyagent-error", (event) =>
    told.push((event as CustomEvent<{ message: string }>).detail.message),
  );
  return element;
}

async function shown(attributes: Record<string, string>): Promise<PyAgent> {
  const element = made(attributes);
  document.body.append(element);
  await element.ready;
  return element;
}

/** Returns the problem that the screen shows outside of any run. */
async function onScreen(element: PyAgent): Promise<string> {
  return vi.waitFor(() => {
    const [problem] = within(element.shadowRoot!, "pa-problem");
    const text = problem?.shadowRoot?.textContent ?? "";
    expect(text).not.toBe("");
    return text;
  });
}

test("all unknown attributes are reported on screen and to the page", async () => {
  const element = await shown({ provider: "opneai", agent: "magic" });

  const text = await onScreen(element);

  for (const said of [text, told[0]]) {
    expect(said).toContain('no provider "opneai"');
    expect(said).toContain('no agent of the kind "magic"');
  }
  expect(told.length).toBe(1);
});

test("a task for an unknown provider goes to no other model", async () => {
  const element = await shown({ provider: "opneai", model: "m" });

  const { problem } = await element.run("Add");

  expect(problem).toMatchObject({ kind: "unsupported" });
  expect(problem!.message).toContain('no provider "opneai"');
  expect(session.configured).toEqual([]);
});

test("an unknown provider is reported when it is set later, too", async () => {
  const element = await shown({});

  element.setAttribute("provider", "opneai");

  expect(await onScreen(element)).toContain('no provider "opneai"');
  expect(told.length).toBe(1);
});

test("the theme attribute overrides the person's choice", async () => {
  saveSettings({ ...OWN, theme: "light" });

  expect((await shown({ theme: "dark" })).theme).toBe("dark");
});

test("the person's theme holds without an attribute, and again once it is removed", async () => {
  saveSettings({ ...OWN, theme: "light" });
  const element = await shown({});
  expect(element.theme).toBe("light");

  element.setAttribute("theme", "dark");
  await element.updateComplete;
  expect(element.theme).toBe("dark");

  element.removeAttribute("theme");
  await element.updateComplete;
  expect(element.getAttribute("theme")).toBe("light"); // the styles use the attribute
});

test("a theme that the page sets holds when the element is put back", async () => {
  saveSettings({ ...OWN, theme: "light" });
  const element = await shown({});
  element.theme = "dark";
  element.remove();
  await vi.waitFor(() => expect(session.disposed).toBe(true));

  document.body.append(element);

  expect(element.theme).toBe("dark");
});

test.each([null, "blue"])("the theme %s means the system's theme", async (theme) => {
  const element = await shown({ theme: "dark" });

  if (theme) element.setAttribute("theme", theme);
  else element.removeAttribute("theme");
  await element.updateComplete;

  const [button] = within(element.shadowRoot!, "button[aria-label^=Theme]");
  expect(button!.getAttribute("aria-label")).toBe("Theme: as the system");
});

test("a model that is set later replaces an unknown provider", async () => {
  const element = await shown({ provider: "opneai" });

  await element.configure({ model: { provider: "ollama", model: "m" } });

  expect(session.configured).toMatchObject([{ model: { model: "m" } }]);
});

test("the form shows an unknown provider as an unknown server", async () => {
  const element = await shown({ provider: "opneai" });
  await onScreen(element);

  await element.shadowRoot!.querySelector("pa-settings")!.show("endpoint");

  await vi.waitFor(() => {
    const [provider] = within(element.shadowRoot!, "#provider") as HTMLSelectElement[];
    expect(provider!.value).toBe("custom");
  });
});
