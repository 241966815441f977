import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { focused } from "../../../../web/src/element/look/focus";
import type { PaQuestion } from "../../../../web/src/element/run/pa-question";
import type { PyAgent } from "../../../../web/src/element/py-agent";
import { FakeSession } from "../../support/fake_session";
import * as say from "../../support/messages";
import { pageElement } from "../../support/page_element";

let session: FakeSession;
let element: PyAgent;

beforeEach(async () => {
  localStorage.clear();
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
  element = pageElement();
  element.sessionFactory = () => {
    session = new FakeSession();
    session.start();
    return session;
  };
  document.body.append(element);
  await element.configure({ model: { provider: "demo" } });
  void element.run("Ask me");
  await vi.waitFor(() => expect(session.tasks.length).toBe(1));
  for (const message of [say.started("Ask me"), say.step(1)]) session.say(message);
});
afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

function all(selector: string, root: ParentNode = element.shadowRoot!): HTMLElement[] {
  const within = [...root.querySelectorAll("*")].flatMap(({ shadowRoot }) =>
    shadowRoot ? all(selector, shadowRoot) : [],
  );
  return [...root.querySelectorAll<HTMLElement>(selector), ...within];
}

/** Resolves with the questions once `count` of them are drawn. */
async function asked(count = 1): Promise<PaQuestion[]> {
  return vi.waitFor(() => {
    const found = all("pa-question") as PaQuestion[];
    expect(found.length).toBe(count);
    for (const one of found) expect(one.shadowRoot!.querySelector("input")).not.toBeNull();
    return found;
  });
}

function ask(call: number, prompt: string, secret = false): void {
  session.say(say.called(1, call, "input", { prompt }));
  session.say(say.wondered(1, call, prompt, secret));
}

function fieldOf(question: PaQuestion): HTMLInputElement {
  return question.shadowRoot!.querySelector("input")!;
}

function buttonOf(question: PaQuestion, text: string): HTMLElement {
  const buttons = [...question.shadowRoot!.querySelectorAll("button")];
  return buttons.find((one) => one.textContent!.trim() === text)!;
}

test("a question of the code takes the focus, and Enter answers it", async () => {
  ask(4, "Your <b>name</b>? ");
  const [question] = await asked();
  const field = fieldOf(question!);
  expect(question!.shadowRoot!.querySelector("#prompt")!.textContent).toBe("Your <b>name</b>?");
  expect(focused()).toBe(field);
  expect(all("[role=status]").some((one) => one.textContent!.includes("your answer"))).toBe(true);

  field.value = "Ann ";
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));

  await vi.waitFor(() => expect(all("pa-question")).toEqual([]));
  expect(session.replies).toEqual([{ run_id: "r1", call_id: 4, text: "Ann " }]);
});

test("a secret is typed unseen", async () => {
  ask(4, "Key: ", true);
  const [question] = await asked();
  expect(fieldOf(question!).type).toBe("password");
  fieldOf(question!).value = "hunter2";
  buttonOf(question!, "Answer").click();

  await vi.waitFor(() => expect(all("pa-question")).toEqual([]));
  expect(session.replies[0]!.text).toBe("hunter2");
  expect(
    document.body.innerHTML +
      all("*")
        .map((one) => one.outerHTML)
        .join(""),
  ).not.toContain("hunter2");
});

test("a person need not answer", async () => {
  ask(4, "Why? ");
  const [question] = await asked();
  buttonOf(question!, "Don’t answer").click();
  await vi.waitFor(() => expect(session.replies).toMatchObject([{ call_id: 4, text: null }]));
});

test("several questions are each answered on their own, and the focus goes on", async () => {
  ask(4, "First? ");
  await asked();
  ask(5, "Second? ");
  const [first, second] = await asked(2);
  expect(focused()).toBe(fieldOf(first!));

  fieldOf(first!).value = "1";
  fieldOf(first!).dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
  await asked(1);
  expect(session.replies).toMatchObject([{ call_id: 4, text: "1" }]);
  await vi.waitFor(() => expect(focused()).toBe(fieldOf(second!)));
});

test("a question of a run that was stopped is gone", async () => {
  ask(4, "Still there? ");
  await asked();
  session.say(say.finished({ success: false, reason: "cancelled" }));
  await vi.waitFor(() => expect(all("pa-question")).toEqual([]));
});
