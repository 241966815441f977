import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { HostTool } from "../../../web/src/api/session";
import { AgentElement } from "../../../web/src/element/agent_element";
import { FakeSession } from "../support/fake_session";
import * as say from "../support/messages";

/** The element without its components. */
class BareAgent extends AgentElement {}
customElements.define("bare-agent", BareAgent);

const PRICE: HostTool = { name: "price", description: "Price.", parameters: { type: "object" } };
const STOCK: HostTool = { ...PRICE, name: "stock" };
const CRITIC = { name: "critic", description: "Finds faults." };
const OPENAI = { provider: "openai", model: "m-1", apiKey: "sk-1" };

let sessions: FakeSession[];

beforeEach(() => {
  sessions = [];
  localStorage.clear();
});
afterEach(() => document.body.replaceChildren());

function made(): BareAgent {
  const element = document.createElement("bare-agent") as BareAgent;
  element.sessionFactory = (tools) => {
    const session = new FakeSession(tools);
    sessions.push(session);
    return session;
  };
  return element;
}

/** Puts the element into the document and starts its session. */
async function shown(element = made()): Promise<{ element: BareAgent; session: FakeSession }> {
  document.body.append(element);
  const session = sessions.at(-1)!;
  session.start();
  await element.ready;
  return { element, session };
}

/** Removes the element and waits until its session is disposed. */
async function removed(element: BareAgent): Promise<void> {
  const session = sessions.at(-1)!;
  element.remove();
  await vi.waitFor(() => expect(session.disposed).toBe(true));
}

/** Gives a task and returns the settings that the session was told before. */
async function toldBefore({ element, session }: Awaited<ReturnType<typeof shown>>) {
  void element.run("Add");
  await vi.waitFor(() => expect(session.tasks.length).toBe(1));
  return session.configured.at(-1);
}

/** Returns the names of the tools and agents that the session's agent knows. */
function offered({ told }: FakeSession): string[] {
  const names = new Set<string>();
  for (const message of told) {
    if (message.type === "add_tool" || message.type === "add_agent") names.add(message.name);
    if (message.type === "remove_tool" || message.type === "remove_agent")
      names.delete(message.name);
  }
  return [...names];
}

test("tools added outside a document are offered once the element is in one", async () => {
  const element = made();
  element.addTool(PRICE, () => 12.5);
  element.addTool(STOCK, () => 3);
  element.addAgent(CRITIC);
  element.addAgent({ ...CRITIC, name: "writer" });
  element.removeTool("stock");
  element.removeAgent("writer");

  const { session } = await shown(element);

  expect(offered(session)).toEqual(["price", "critic"]);
});

test("tools are offered again when the element is put back", async () => {
  const { element } = await shown();
  element.addTool(PRICE, () => 12.5);
  element.addTool(STOCK, () => 3);
  element.addAgent(CRITIC);
  element.removeTool("stock");
  await removed(element);
  element.addTool({ ...STOCK, name: "late" }, () => 1);
  element.removeAgent("critic");

  const { session } = await shown(element);

  expect(sessions.length).toBe(2);
  expect(offered(session)).toEqual(["price", "late"]);
});

test("the agent hears at once of tools that are added and removed", async () => {
  const { element, session } = await shown();
  element.addTool(PRICE, () => 12.5);
  element.addAgent(CRITIC);
  expect(offered(session)).toEqual(["price", "critic"]);

  element.removeTool("price");
  element.removeAgent("critic");
  expect(offered(session)).toEqual([]);
});

test("a malformed tool is refused before there is an agent, and not kept", async () => {
  const element = made();
  const parameters = { type: "object", default: 1n };

  expect(() => element.addTool({ ...PRICE, parameters }, () => 1)).toThrow("add_tool.parameters");
  expect(() => element.addAgent({ ...CRITIC, maxSteps: 1.5 })).toThrow(
    "add_agent.max_steps: expected an integer",
  );

  expect(offered((await shown(element)).session)).toEqual([]);
});

test("settings made outside a document hold for the first task", async () => {
  const element = made();
  element.provider = "anthropic";
  await element.configure({ model: OPENAI });
  await element.configure({ agent: { maxSteps: 3 } });

  const { session } = await shown(element);
  void element.run("Add");

  await vi.waitFor(() => expect(session.tasks.length).toBe(1));
  expect(session.configured).toMatchObject([
    { model: { model: "m-1", apiKey: "sk-1" }, agent: { max_steps: 3 } },
  ]);
});

test("the page's settings and keys still hold when the element is put back", async () => {
  const { element } = await shown();
  await element.configure({ model: { ...OPENAI, temperature: 0.2 }, agent: { maxSteps: 3 } });
  await removed(element);
  await element.configure({ agent: { instructions: "Be brief." } });

  const { session } = await shown(element);
  void element.run("Add");

  await vi.waitFor(() => expect(session.tasks.length).toBe(1));
  expect(session.configured).toMatchObject([
    {
      model: { model: "m-1", apiKey: "sk-1", reply: { temperature: 0.2 } },
      agent: { max_steps: 3, instructions: "Be brief." },
    },
  ]);
});

test("attributes that changed outside the document override earlier settings", async () => {
  const element = made();
  element.provider = "openai";
  await shown(element);
  await element.configure({ model: OPENAI });
  await removed(element);
  element.model = "m-2";

  const { session } = await shown(element);
  void element.run("Add");

  await vi.waitFor(() => expect(session.configured.length).toBe(1));
  expect(session.configured).toMatchObject([{ model: { model: "m-2", apiKey: "sk-1" } }]);
});

test("an agent attribute changed outside the document leaves the model alone", async () => {
  const element = made();
  element.provider = "openai";
  element.model = "m-0";
  await shown(element);
  await element.configure({ model: OPENAI });
  await removed(element);
  element.agent = "tool_calling";

  expect(await toldBefore(await shown(element))).toMatchObject({
    model: { model: "m-1" },
    agent: { kind: "tool_calling" },
  });
});

test("a model attribute changed outside the document leaves the agent alone", async () => {
  const element = made();
  Object.assign(element, { agent: "tool_calling", provider: "demo" });
  await shown(element);
  await element.configure({ agent: { kind: "code" } });
  await removed(element);
  element.provider = "ollama";
  element.model = "m-2";

  expect(await toldBefore(await shown(element))).toMatchObject({
    model: { model: "m-2" },
    agent: { kind: "code" },
  });
});

test("attributes that change in the document hold from the next task on", async () => {
  const one = await shown();
  await one.element.configure({ model: OPENAI });

  one.element.setAttribute("provider", "ollama");
  one.element.setAttribute("model", "m-2");
  one.element.lang = "de";

  expect(await toldBefore(one)).toMatchObject({
    model: { model: "m-2", apiKey: "" },
    agent: { instructions: "Answer in German." },
  });
});

test("attributes that change in the document hold for a batch", async () => {
  const { element, session } = await shown();

  element.setAttribute("provider", "demo");
  element.map(["One"]);

  await vi.waitFor(() => expect(session.maps.length).toBe(1));
  expect(session.configured).toMatchObject([{ model: { kind: "demo" } }]);
});

test("settings override attributes that changed before them", async () => {
  const one = await shown();
  one.element.setAttribute("provider", "ollama");
  await one.element.configure({ model: OPENAI });

  expect(await toldBefore(one)).toMatchObject({ model: { model: "m-1" } });
});

test("settings made in quick succession all hold", async () => {
  const { element, session } = await shown();

  await Promise.all([
    element.configure({ model: OPENAI }),
    element.configure({ agent: { maxSteps: 3 } }),
  ]);

  expect(session.configured.at(-1)).toMatchObject({
    model: { model: "m-1" },
    agent: { max_steps: 3 },
  });
});

test("calls that need a session fail with advice when there is none", async () => {
  const element = made();
  const refusal = { kind: "not_connected", advice: "Put it into the document first." };

  const refuses = async () => {
    await expect(element.run("Add")).rejects.toMatchObject(refusal);
    await expect(element.clear()).rejects.toMatchObject(refusal);
    expect(() => element.map(["Add"])).toThrow(expect.objectContaining(refusal));
    element.stop();
  };

  await refuses();
  expect(element.state).toMatchObject({ runs: 0, tokenUsage: { inputTokens: 0 }, seconds: 0 });
  await shown(element);
  await removed(element);
  await refuses();
});

test("ready belongs to the current session", async () => {
  const element = made();
  const ready = element.ready;
  const heard = vi.fn();
  element.addEventListener("pyagent-ready", heard);
  await shown(element);
  await ready;
  await removed(element);
  expect(element.ready).not.toBe(ready);

  document.body.append(element);
  const second = element.ready;
  expect(heard).toHaveBeenCalledTimes(1);
  sessions[1]!.start();
  await second;

  expect(element.ready).toBe(second);
  expect(heard).toHaveBeenCalledTimes(2);
});

test("waiting for a session rejects when the element is removed, and reports nothing", async () => {
  const element = made();
  const heard = vi.fn();
  for (const name of ["ready", "error"]) element.addEventListener(`pyagent-${name}`, heard);
  document.body.append(element);
  const { ready } = element;

  await removed(element);

  await expect(ready).rejects.toMatchObject({ kind: "closed" });
  await new Promise((resolve) => setTimeout(resolve));
  expect(heard).not.toHaveBeenCalled();
});

test("an element that only moves keeps its session", async () => {
  const { element, session } = await shown();
  const { ready } = element;
  const elsewhere = document.body.appendChild(document.createElement("p"));

  elsewhere.append(element);
  await new Promise((resolve) => setTimeout(resolve));

  expect([sessions.length, session.disposed]).toEqual([1, false]);
  expect(element.ready).toBe(ready);
});

test.each(["before it began", "while it goes on"])(
  "a task whose element is removed %s ends",
  async (when) => {
    const element = made();
    document.body.append(element);
    void element.configure({ model: { provider: "demo" } }).catch(() => undefined);
    const result = element.run("Add");
    if (when === "while it goes on") {
      sessions[0]!.start();
      await vi.waitFor(() => expect(sessions[0]!.tasks.length).toBe(1));
      sessions[0]!.say(say.started("Add"));
    }

    await removed(element);

    expect(await result).toMatchObject({ success: false, problem: { kind: "closed" } });
  },
);

test("a batch rejects with the reason when its element is removed", async () => {
  const { element, session } = await shown();
  await element.configure({ model: { provider: "demo" } });
  const batch = element.map(["One", "Two"]);
  await vi.waitFor(() => expect(session.maps.length).toBe(1));
  session.say(say.started("2 tasks"));

  await removed(element);

  await expect(batch.next()).rejects.toMatchObject({ kind: "closed" });
});
