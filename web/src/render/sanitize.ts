/** The only place where HTML text becomes DOM. The HTML was made from text of models, tools and
 *  files, so nothing in it may load, run, submit or look like the page's own controls. */
import DOMPurify from "dompurify";

const TAGS = (
  "a blockquote br code del div em h1 h2 h3 h4 h5 h6 hr li ol p pre span strong sub sup " +
  "table tbody td th thead tr ul"
).split(" ");

const LINK = /^(?:https?|mailto):/i;

const purifier = DOMPurify(window);

purifier.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName !== "A") return;
  node.setAttribute("target", "_blank");
  node.setAttribute("rel", "noopener noreferrer");
});

/** Matches a style that can only change the look of its own formula. */
const PLAIN_STYLE = /^(?:[\s;]|[a-z-]+:[\w\s.,#%+-]*)*$/i;
const MOVING_STYLE = /position|inset|z-index|transform|content|behavior/i;

purifier.addHook("uponSanitizeAttribute", (_node, attribute) => {
  const { attrName: name, attrValue: style } = attribute;
  if (name !== "style") return;
  if (!PLAIN_STYLE.test(style) || MOVING_STYLE.test(style)) attribute.keepAttr = false;
});

/** Returns a formula as DOM: only MathML, without links and actions. */
export function sanitizeMath(html: string): DocumentFragment {
  return purifier.sanitize(html, {
    USE_PROFILES: { mathMl: true },
    FORBID_TAGS: ["maction", "mglyph", "annotation", "annotation-xml"],
    ADD_ATTR: ["style", "class"],
    FORBID_ATTR: ["href", "xlink:href", "src", "id", "name"],
    ALLOW_DATA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
}

/** Returns `html` as DOM, with only the tags that Markdown and highlighting need, and with links
 *  only to http, https and mailto. */
export function sanitize(html: string): DocumentFragment {
  return purifier.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ["align", "class", "href", "rel", "start", "target"],
    ALLOWED_URI_REGEXP: LINK,
    // The pattern above is checked against the values of all other attributes.
    ADD_URI_SAFE_ATTR: ["align", "start"],
    ALLOW_ARIA_ATTR: false,
    ALLOW_DATA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
}
