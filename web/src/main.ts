/** The page that one `<py-agent>` fills. The styles are set here, so that the page's Content
 *  Security Policy need not allow inline styles. */
import "./pyagent";

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  html, body { height: 100%; margin: 0; background: light-dark(#ffffff, #1a1a19); }
  py-agent { height: 100dvh; }
`);
document.adoptedStyleSheets.push(sheet);
