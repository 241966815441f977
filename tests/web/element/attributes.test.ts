/** Attributes of `<py-agent>`, as a page sets them and a person sees what comes of them. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PyAgent } from "../../../web/src/element/py-agent";
import { defaultSettings, endpointOf, saveSettings } from "../../../web/src/settings/settings";
import { FakeSession } from "../support/fake_session";
import { pageElement, prepareJsdom, within } from "../support/page_element";

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

/** What the screen says is wrong with the session as a whole. */
async function onScreen(element: PyAgent): Promise<string> {
  return vi.waitFor(() => {
    const [problem] = within(element.shadowRoot!, "pa-problem");
    const text = problem?.shadowRoot?.textContent ?? "";
    expect(text).not.toBe("");
    return text;
  });
}

test("attributes that nobody knows are told on screen and to the page, all of them", async () => {
  const element = await shown({ provider: "opneai", agent: "magic" });

  const text = await onScreen(element);

  for (const said of [text, told[0]]) {
    expect(said).toContain('no provider "opneai"');
    expect(said).toContain('no agent of the kind "magic"');
  }
  expect(told.length).toBe(1);
});

test("a task for a provider that nobody knows goes to no other model", async () => {
  const element = await shown({ provider: "opneai", model: "m" });

  const { problem } = await element.run("Add");

  expect(problem).toMatchObject({ kind: "unsupported" });
  expect(problem!.message).toContain('no provider "opneai"');
  expect(session.configured).toEqual([]);
});

test("a provider that nobody knows is told when it comes later, too", async () => {
  const element = await shown({});

  element.setAttribute("provider", "opneai");

  expect(await onScreen(element)).toContain('no provider "opneai"');
  expect(told.length).toBe(1);
});

test("the attribute of the theme goes before what the person chose", async () => {
  saveSettings({ ...OWN, theme: "light" });

  expect((await shown({ theme: "dark" })).theme).toBe("dark");
});

test("without an attribute the theme is the person's, and again once it is taken off", async () => {
  saveSettings({ ...OWN, theme: "light" });
  const element = await shown({});
  expect(element.theme).toBe("light");

  element.setAttribute("theme", "dark");
  await element.updateComplete;
  expect(element.theme).toBe("dark");

  element.removeAttribute("theme");
  await element.updateComplete;
  expect(element.getAttribute("theme")).toBe("light"); // which the style goes by
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

test.each([null, "blue"])("with the theme %s it is as the system", async (theme) => {
  const element = await shown({ theme: "dark" });

  if (theme) element.setAttribute("theme", theme);
  else element.removeAttribute("theme");
  await element.updateComplete;

  const [button] = within(element.shadowRoot!, "button[aria-label^=Theme]");
  expect(button!.getAttribute("aria-label")).toBe("Theme: as the system");
});

test("a model that is set after it takes the place of a provider that nobody knows", async () => {
  const element = await shown({ provider: "opneai" });

  await element.configure({ model: { provider: "ollama", model: "m" } });

  expect(session.configured).toMatchObject([{ model: { model: "m" } }]);
});

test("the form offers a server of unknown make for a provider that nobody knows", async () => {
  const element = await shown({ provider: "opneai" });
  await onScreen(element);

  await element.shadowRoot!.querySelector("pa-settings")!.show("endpoint");

  await vi.waitFor(() => {
    const [provider] = within(element.shadowRoot!, "#provider") as HTMLSelectElement[];
    expect(provider!.value).toBe("custom");
  });
});
