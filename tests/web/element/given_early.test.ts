/** Tasks that a person gives before the model is ready, or before there is one. */
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PaComposer } from "../../../web/src/element/frame/pa-composer";
import { focused } from "../../../web/src/element/look/focus";
import type { PyAgent } from "../../../web/src/element/py-agent";
import { endpointOf } from "../../../web/src/settings/settings";
import { FakeSession } from "../support/fake_session";
import { allDrawn, pageElement, prepareJsdom, within } from "../support/page_element";

beforeEach(prepareJsdom);
afterEach(() => {
  document.body.replaceChildren();
  localStorage.clear();
  vi.unstubAllGlobals();
});
afterAll(allDrawn);

const LOCAL = { ...endpointOf("custom"), baseUrl: "http://localhost:1234/v1", model: "m" };

let session: FakeSession;
let element: PyAgent;

async function shown(stored: object = {}): Promise<PaComposer> {
  localStorage.setItem("pyagent.settings", JSON.stringify(stored));
  session = new FakeSession();
  element = pageElement(session);
  document.body.append(element);
  await element.updateComplete;
  const composer = element.shadowRoot!.querySelector("pa-composer")!;
  await composer.updateComplete;
  return composer;
}

async function give(composer: PaComposer, text: string): Promise<void> {
  const field = composer.renderRoot.querySelector("textarea")!;
  field.value = text;
  field.dispatchEvent(new Event("input"));
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
  await composer.updateComplete;
}

const find = (selector: string) => within(element.shadowRoot!, selector);
const dialog = () => find("dialog")[0] as HTMLDialogElement;
const saying = () => {
  const texts = find("pa-problem").flatMap((one) => within(one.shadowRoot!, "p"));
  return texts.map((one) => one.textContent);
};
const given = () => session.tasks.map(({ task }) => task);

async function useModel(): Promise<void> {
  const form = dialog().querySelector("form")!;
  form.dispatchEvent(new Event("submit", { cancelable: true }));
}

async function typeModel(): Promise<void> {
  const [form] = find("pa-endpoint-form") as HTMLElementTagNameMap["pa-endpoint-form"][];
  form!.dispatchEvent(new CustomEvent("change", { detail: { endpoint: LOCAL } }));
}

test.each([
  ["Python loads", () => undefined],
  [
    "the session takes the model in",
    () => {
      session.onConfigure = () => new Promise(() => undefined);
      session.start();
    },
  ],
])("the dialog closes while %s, and the field for the task has the focus", async (_, slow) => {
  const composer = await shown();
  slow();
  find(".model")[0]!.click();
  await vi.waitFor(() => expect(find("pa-endpoint-form").length).toBe(1));
  await typeModel();
  await useModel();

  await vi.waitFor(() => expect(dialog().open).toBe(false));
  await vi.waitFor(() => expect(focused()).toBe(composer.renderRoot.querySelector("textarea")));
  await give(composer, "Add");
  await vi.waitFor(() => expect(find("pa-run").length).toBe(1));
  expect(given()).toEqual([]);
});

test("a task that is given while the chosen model is taken in runs after that", async () => {
  const composer = await shown();
  const taken = Promise.withResolvers<void>();
  session.onConfigure = () => taken.promise;
  find(".model")[0]!.click();
  await vi.waitFor(() => expect(find("pa-endpoint-form").length).toBe(1));
  await typeModel();
  await useModel();
  await vi.waitFor(() => expect(dialog().open).toBe(false));
  await give(composer, "Add");
  session.start();
  taken.resolve();

  await vi.waitFor(() => expect(given()).toEqual(["Add"]));
});

test("a task without a model waits in the field, with a reason, and runs once one is chosen", async () => {
  const composer = await shown();
  session.start();
  await give(composer, "Add");

  await vi.waitFor(() => expect(saying()[0]).toBe("Choose a model first."));
  expect(composer.renderRoot.querySelector("textarea")!.value).toBe("Add");
  await typeModel();
  await useModel();

  await vi.waitFor(() => expect(given()).toEqual(["Add"]));
  expect(composer.renderRoot.querySelector("textarea")!.value).toBe("");
});

test("a task that cannot run comes back into the field with a sentence", async () => {
  const composer = await shown({ kind: "endpoint", endpoint: LOCAL });
  session.start();
  void element.run("First");
  composer.dispatchEvent(
    new CustomEvent("submission", {
      detail: { task: "Second", files: [new File(["x"], "a.csv")] },
    }),
  );

  await vi.waitFor(() =>
    expect(composer.renderRoot.querySelector("textarea")!.value).toBe("Second"),
  );
  expect(composer.renderRoot.querySelector("pa-file")!.name).toBe("a.csv");
  await vi.waitFor(() => expect(saying()[0]).toBe("A task is running."));
});

test("what the settings open for is said in them, and the task runs when it is mended", async () => {
  const composer = await shown({ kind: "endpoint", endpoint: endpointOf("openai") });
  session.start();
  await give(composer, "Add");

  await vi.waitFor(() => expect(find("pa-problem.why").length).toBe(1));
  const [message, advice] = within(find("pa-problem.why")[0]!.shadowRoot!, "p").map(
    (one) => one.textContent,
  );
  expect(message).toBe("There is no key for OpenAI.");
  expect(advice).toContain("gone when the page is closed or loaded again");
  await vi.waitFor(() => expect(focused()?.id).toBe("key"));
  const [key] = find("#key") as HTMLInputElement[];
  key!.value = "sk-1";
  key!.dispatchEvent(new Event("input"));
  await useModel();

  await vi.waitFor(() => expect(given()).toEqual(["Add"]));
});
