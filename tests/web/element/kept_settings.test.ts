/** Tests that a person's changes are kept for the next visit, and a page's changes are not. */
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PyAgent } from "../../../web/src/element/py-agent";
import {
  defaultSettings,
  endpointOf,
  loadSettings,
  saveSettings,
} from "../../../web/src/settings/settings";
import { FakeSession } from "../support/fake_session";
import { allDrawn, pageElement, prepareJsdom, within } from "../support/page_element";

const OWN = {
  ...defaultSettings,
  kind: "endpoint" as const,
  endpoint: { ...endpointOf("ollama"), model: "own" },
  agent: { ...defaultSettings.agent, instructions: "Be brief." },
};
const PAGE = {
  model: [
    { provider: "groq", model: "g", apiKey: "sk-g", temperature: 0 },
    { provider: "lmstudio", model: "o" },
  ],
  choose: "round_robin",
  agent: { instructions: "OF THE PAGE", approve: ["*"], maxSteps: 2 },
} as const;
const STORE = "pyagent.settings";

let session: FakeSession;
let element: PyAgent;

beforeEach(async () => {
  prepareJsdom();
  localStorage.clear();
  saveSettings(OWN);
  session = new FakeSession();
  session.start();
  element = pageElement(session);
  document.body.append(element);
  await element.ready;
});

afterEach(() => {
  element.remove();
  vi.unstubAllGlobals();
});
afterAll(allDrawn);

function configure(): Promise<void> {
  return element.configure({ ...PAGE, agent: { ...PAGE.agent, approve: ["*"] } });
}

function found<T extends HTMLElement>(selector: string): Promise<T> {
  return vi.waitFor(() => {
    const [first] = within(element.shadowRoot!, selector);
    expect(first).toBeDefined();
    return first as T;
  });
}

async function open(page: "agent" | "endpoint" | "demo"): Promise<void> {
  await ((await found("pa-settings")) as HTMLElementTagNameMap["pa-settings"]).show(page);
}

async function type(selector: string, text: string): Promise<void> {
  const field = await found<HTMLInputElement>(selector);
  field.value = text;
  field.dispatchEvent(new Event("input"));
  field.dispatchEvent(new Event("change"));
}

async function save(): Promise<void> {
  (await found<HTMLFormElement>("[aria-labelledby=title] form")).requestSubmit();
  await vi.waitFor(() =>
    expect(within(element.shadowRoot!, "[aria-labelledby=title][open]")).toEqual([]),
  );
}

/** Gives a task and returns what the session was told before. */
async function nextTask() {
  void element.run("Add");
  await vi.waitFor(() => expect(session.tasks.length).toBe(1));
  return session.configured.at(-1)!;
}

test("the theme is kept without anything that the page set", async () => {
  await configure();

  (await found("button[aria-label^=Theme]")).click();

  expect(loadSettings()).toEqual({ ...OWN, theme: "light" });
  expect(await nextTask()).toMatchObject({ model: { model: "g" }, choose: "round_robin" });
});

test("only the agent settings that the person changed are kept", async () => {
  await configure();
  await open("agent");

  await type("#max_steps", "7");
  await save();

  expect(loadSettings()).toEqual({ ...OWN, agent: { ...OWN.agent, max_steps: 7 } });
  expect((await nextTask()).agent).toMatchObject({
    instructions: "OF THE PAGE",
    approve: ["*"],
    max_steps: 7,
  });
});

test("settings that the page makes while the dialog is open hold", async () => {
  await open("agent");
  await type("#instructions", "MINE");
  await configure();

  await save();

  expect(await nextTask()).toMatchObject({
    model: { model: "g" },
    others: [{ model: "o" }],
    agent: { instructions: "MINE", approve: ["*"], max_steps: 2 },
  });
});

test("the model that the person chooses is kept, but not the page's agent settings", async () => {
  await configure();
  await open("endpoint");

  await save();

  expect(loadSettings()).toEqual({ ...OWN, endpoint: { ...endpointOf("groq"), model: "g" } });
  expect(await nextTask()).toMatchObject({ others: [], agent: { approve: ["*"] } });
});

test("changed agent settings are kept with a model chosen later", async () => {
  await open("agent");
  await type("#max_steps", "7");
  (await found("#tab-demo")).click();

  await save();

  expect(loadSettings()).toEqual({
    ...OWN,
    kind: "demo",
    agent: { ...OWN.agent, max_steps: 7 },
  });
});

test("settings of one visit are not written", () => {
  saveSettings({
    ...OWN,
    others: [OWN],
    choose: "least_loaded",
    reply: { temperature: 0, maxTokens: 9 },
  });

  const stored = JSON.parse(localStorage.getItem(STORE)!) as object;

  expect(Object.keys(stored)).toEqual(["kind", "endpoint", "local", "agent", "theme"]);
});
