/** The page that one `<py-agent>` fills. The styles are set here, so that the page's Content
 *  Security Policy need not allow inline styles. */
import { Offline } from "./offline/offline";
import { whenOpened } from "./offline/opened";
import "./pyagent";

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  html, body { height: 100%; margin: 0; background: light-dark(#ffffff, #1a1a19); }
  py-agent { height: 100dvh; }
`);
document.adoptedStyleSheets.push(sheet);

const SPARE_MS = 1000;
const agent = document.querySelector("py-agent")!;
const offline = new Offline(new URL("./", document.baseURI));
agent.offline = offline;
const start = (): void => void offline.start();
// The page and its spare sandbox come first: what is kept must not take the network from them.
agent.ready.then(
  () => setTimeout(() => globalThis.requestIdleCallback?.(start) ?? start(), SPARE_MS),
  () => void offline.startIsolated(),
);
whenOpened(new URL("./", document.baseURI), (files, text) => void agent.attach(files, text));
