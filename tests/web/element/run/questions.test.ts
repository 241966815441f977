import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { focused } from "../../../../web/src/element/look/focus";
import type { PyAgent } from "../../../../web/src/element/py-agent";
import { FakeSession } from "../../support/fake_session";
import * as say from "../../support/messages";
import { allDrawn, pageElement } from "../../support/page_element";

let sessions: FakeSession[];

beforeEach(() => {
  sessions = [];
  localStorage.clear();
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
});
afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});
afterAll(allDrawn);

function made(): PyAgent {
  const element = pageElement();
  element.sessionFactory = () => {
    const session = new FakeSession();
    session.start();
    sessions.push(session);
    return session;
  };
  return element;
}

/** Returns all matches in a tree and in its shadow trees. */
function all(selector: string, root: ParentNode): HTMLElement[] {
  const found = [...root.querySelectorAll<HTMLElement>(selector)];
  const within = [...root.querySelectorAll("*")].flatMap(({ shadowRoot }) =>
    shadowRoot ? all(selector, shadowRoot) : [],
  );
  return [...found, ...within];
}

function shown(element: PyAgent, selector: string): Promise<HTMLElement> {
  return vi.waitFor(() => {
    const [first] = all(selector, element.shadowRoot!);
    expect(first).toBeDefined();
    return first!;
  });
}

/** Returns an element that works on a task, and the field for the next one. */
async function working(parent: ParentNode = document.body, element = made()) {
  parent.append(element);
  await element.configure({ model: { provider: "demo" } });
  const result = element.run("Send");
  const session = sessions.at(-1)!;
  await vi.waitFor(() => expect(session.tasks.length).toBe(1));
  for (const message of [say.started("Send"), say.step(1)]) session.say(message);
  const field = (await shown(element, "textarea")) as HTMLTextAreaElement;
  return { element, session, result, field };
}

/** Resolves with the question once it is drawn and has handled the focus. */
async function asked({ element, session }: { element: PyAgent; session: FakeSession }) {
  for (const message of [say.called(1, 4, "send", {}), say.asked(1, 4, "send", {})]) {
    session.say(message);
  }
  return shown(element, "[role=alertdialog]");
}

async function settled({ element, session }: { element: PyAgent; session: FakeSession }) {
  session.say(say.finished({ success: false, reason: "cancelled" }));
  await vi.waitFor(() => expect(all("pa-approval", element.shadowRoot!)).toEqual([]));
}

function type(field: HTMLTextAreaElement, text: string): void {
  field.focus();
  field.value = text;
  field.dispatchEvent(new Event("input"));
}

test("a task given as soon as the element is put back shows its question", async () => {
  const { element, session, result } = await working();
  session.say(say.finished());
  await result;
  await shown(element, "[part=footer]");
  element.remove();
  await vi.waitFor(() => expect(session.disposed).toBe(true));

  document.body.append(element);
  void element.run("Send again");
  const again = sessions.at(-1)!;
  await vi.waitFor(() => expect(again.tasks.length).toBe(1));
  for (const message of [say.started("Send again"), say.step(1)]) again.say(message);

  expect(await asked({ element, session: again })).toBeDefined();
});

test("a question takes the focus from an empty field and gives it back", async () => {
  const agent = await working();
  agent.field.focus();

  const question = await asked(agent);
  expect(focused()).toBe(question);
  await settled(agent);

  expect(focused()).toBe(agent.field);
});

test("a question does not take the focus from a half-written task", async () => {
  const agent = await working();
  type(agent.field, "my next ta");

  await asked(agent);

  expect(focused()).toBe(agent.field);
});

test("the focus returns to a half-written task after an answer", async () => {
  const agent = await working();
  type(agent.field, "my next ta");
  const question = await asked(agent);

  question.querySelector<HTMLElement>("button")!.focus();
  await settled(agent);

  expect(focused()).toBe(agent.field);
});

test("a question that never had the focus does not move it", async () => {
  const own = document.body.appendChild(document.createElement("input"));
  const agent = await working();
  own.focus();
  await asked(agent);
  own.blur();

  await settled(agent);

  expect(focused()).toBe(null);
});

test("a question does not take the focus from a field beside the element", async () => {
  const app = document.body.appendChild(document.createElement("div"));
  const root = app.attachShadow({ mode: "open" });
  const own = root.appendChild(document.createElement("input"));
  const agent = await working(root);
  own.focus();

  await asked(agent);

  expect(focused()).toBe(own);
});

test("a question takes the focus inside the shadow tree of a page", async () => {
  const app = document.body.appendChild(document.createElement("div"));
  const agent = await working(app.attachShadow({ mode: "open" }));
  agent.field.focus();

  const question = await asked(agent);

  expect(focused()).toBe(question);
});
