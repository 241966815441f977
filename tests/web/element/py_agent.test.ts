import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PaComposer } from "../../../web/src/element/frame/pa-composer";
import { focused } from "../../../web/src/element/look/focus";
import type { PyAgent } from "../../../web/src/element/py-agent";
import { Offline } from "../../../web/src/offline/offline";
import { FakeSession } from "../support/fake_session";
import * as say from "../support/messages";
import { allDrawn, pageElement, prepareJsdom, within } from "../support/page_element";

beforeEach(prepareJsdom);
afterEach(() => {
  document.body.replaceChildren();
  localStorage.clear();
  vi.unstubAllGlobals();
});
afterAll(allDrawn);

async function shown(element: PyAgent, session: FakeSession): Promise<PaComposer> {
  document.body.append(element);
  session.start();
  await element.ready;
  await element.updateComplete;
  const composer = element.shadowRoot!.querySelector("pa-composer")!;
  await composer.updateComplete;
  return composer;
}

function field(composer: PaComposer): HTMLTextAreaElement {
  return composer.renderRoot.querySelector("textarea")!;
}

test("the field has the focus when the page opens with `autofocus`", async () => {
  const session = new FakeSession();
  const element = pageElement(session);
  element.setAttribute("autofocus", "");
  element.autofocus = true; // jsdom does not reflect it

  const composer = await shown(element, session);

  await vi.waitFor(() => expect(focused()).toBe(field(composer)));
});

test.each([
  ["without `autofocus`", false, false],
  ["when the page's own field has the focus", true, true],
])("the field does not take the focus %s", async (_, autofocus, other) => {
  const own = document.createElement("input");
  document.body.append(own);
  if (other) own.focus();
  const session = new FakeSession();
  const element = pageElement(session);
  element.autofocus = autofocus;

  const composer = await shown(element, session);
  await composer.updateComplete;

  expect(focused()).toBe(other ? own : null);
});

test("a waiting task runs when the run ends, and goes back into the field when it is stopped", async () => {
  const session = new FakeSession();
  const element = pageElement(session);
  const composer = await shown(element, session);
  await element.configure({ model: { provider: "openai", model: "m", apiKey: "sk-1" } });
  const give = async (text: string) => {
    field(composer).value = text;
    field(composer).dispatchEvent(new Event("input"));
    field(composer).dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
    await composer.updateComplete;
  };
  const tasks = () => session.tasks.map(({ task }) => task);

  void element.run("one");
  await vi.waitFor(() => expect(composer.running).toBe(true));
  await give("two");
  expect(within(element.shadowRoot!, "li .text").map((one) => one.textContent)).toEqual(["two"]);
  await vi.waitFor(() => expect(tasks()).toEqual(["one"]));
  session.say(say.finished({ output: "1" }));
  await vi.waitFor(() => expect(tasks()).toEqual(["one", "two"]));

  await vi.waitFor(() => expect(composer.running).toBe(true));
  await give("three");
  element.stop();
  await composer.updateComplete;
  session.say(say.finished({ success: false, reason: "cancelled" }));
  await vi.waitFor(() => expect(composer.running).toBe(false));

  expect(tasks()).toEqual(["one", "two"]);
  expect(field(composer).value).toBe("three");
});

test("the view is told where the answer begins, once it is drawn", async () => {
  const session = new FakeSession();
  const element = pageElement(session);
  const composer = await shown(element, session);
  await element.configure({ model: { provider: "openai", model: "m", apiKey: "sk-1" } });
  const answers: Element[] = [];
  const listen = ({ detail }: Event & { detail?: Element }) => answers.push(detail!);

  const running = element.run("one");
  await vi.waitFor(() => expect(session.tasks).toHaveLength(1));
  await vi.waitFor(() => expect(composer.running).toBe(true));
  within(element.shadowRoot!, "pa-run")[0]!.addEventListener("answered", listen);
  session.say(say.started("one"));
  session.say(say.finished({ output: "# Title" }));
  await running;

  await vi.waitFor(() => expect(answers).toHaveLength(1));
  expect(answers).toEqual(within(element.shadowRoot!, ".answer"));
});

test("an update is offered between runs, never during one", async () => {
  const session = new FakeSession();
  const element = pageElement(session);
  const offline = new Offline(new URL("https://pyagent.test/"), "b1");
  offline.state = { ...offline.state, phase: "ready", update: true };
  element.offline = offline;
  const taken = vi.spyOn(offline, "takeUpdate").mockImplementation(() => undefined);
  const composer = await shown(element, session);
  await element.configure({ model: { provider: "openai", model: "m", apiKey: "sk-1" } });
  const offer = () =>
    element.shadowRoot!.querySelector("pa-notices")!.shadowRoot!.querySelector("pa-update");
  await vi.waitFor(() => expect(offer()).not.toBeNull());

  const run = element.run("Count.");
  await vi.waitFor(() => expect(composer.running).toBe(true));
  await vi.waitFor(() => expect(offer()).toBeNull());
  await vi.waitFor(() => expect(session.tasks).toHaveLength(1));
  session.say(say.finished({ output: "1" }));
  await run;
  await vi.waitFor(() => expect(offer()).not.toBeNull());
  expect(offer()!.conversing).toBe(true);
  offer()!.dispatchEvent(new CustomEvent("update"));
  expect(taken).toHaveBeenCalledOnce();
});

test("the field gets the focus when the demonstration begins, and when a task is tried again", async () => {
  vi.stubGlobal("fetch", async () => new Response("date,precipitation\n"));
  const session = new FakeSession();
  const element = pageElement(session);
  const composer = await shown(element, session);
  const way = within(element.shadowRoot!, "button.demo")[0]!;
  way.focus();

  way.click();

  await vi.waitFor(() => expect(session.tasks).toHaveLength(1));
  await vi.waitFor(() => expect(focused()).toBe(field(composer)));

  const problem = { kind: "model", message: "It failed.", advice: "" };
  session.say(say.started("one"));
  session.say(say.finished({ success: false, reason: "error", problem }));
  const retry = await vi.waitFor(() => {
    const [one] = within(element.shadowRoot!, "pa-problem button")
      .concat(within(element.shadowRoot!, ".actions .button"))
      .filter((button) => button.textContent === "Try again");
    expect(one).toBeDefined();
    return one!;
  });
  retry.focus();
  retry.click();

  await vi.waitFor(() => expect(session.tasks).toHaveLength(2));
  await vi.waitFor(() => expect(focused()).toBe(field(composer)));
});

test("on a touch screen the field does not take the focus when a task begins", async () => {
  vi.stubGlobal("fetch", async () => new Response("date,precipitation\n"));
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
  const session = new FakeSession();
  const element = pageElement(session);
  const composer = await shown(element, session);

  within(element.shadowRoot!, "button.demo")[0]!.click();

  await vi.waitFor(() => expect(composer.running).toBe(true));
  expect(focused()).not.toBe(field(composer));
});

test("the button that jumps to the end gives the focus to the conversation", async () => {
  const session = new FakeSession();
  const element = pageElement(session);
  await shown(element, session);
  const scroller = within(element.shadowRoot!, ".scroll")[0]!;
  Object.defineProperties(scroller, {
    scrollHeight: { value: 2000 },
    clientHeight: { value: 500 },
    scrollTop: { value: 0, writable: true },
  });
  void element.run("one");
  await vi.waitFor(() => expect(scroller.scrollTop).toBe(2000));
  scroller.scrollTop = 900;
  scroller.dispatchEvent(new Event("scroll"));
  scroller.scrollTop = 700;
  scroller.dispatchEvent(new Event("scroll"));
  const button = await vi.waitFor(() => {
    const [latest] = within(element.shadowRoot!, ".latest");
    expect(latest).toBeDefined();
    return latest!;
  });

  button.focus();
  button.click();

  expect(focused()).toBe(scroller);
});
