/** The page that one `<py-agent>` fills. The styles are set here, so that the page's Content
 *  Security Policy need not allow inline styles. */
import { Offline } from "./offline/offline";
import { openedFiles } from "./offline/opened";
import "./pyagent";

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  html, body { height: 100%; margin: 0; background: light-dark(#ffffff, #1a1a19); }
  py-agent { height: 100dvh; }
`);
document.adoptedStyleSheets.push(sheet);

const agent = document.querySelector("py-agent")!;
const offline = new Offline(new URL("./", document.baseURI));
agent.offline = offline;
const start = (): void => void offline.start();
// The page comes first: what is kept for offline use must not take the network from it.
agent.ready.then(() => globalThis.requestIdleCallback?.(start) ?? setTimeout(start, 500), start);
openedFiles(new URL("./", document.baseURI), (files) => void agent.attach(files));
