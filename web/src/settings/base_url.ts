/** Guesses the address that a person meant: one without http://, without /v1, or with the path of a
 *  request at its end. Nothing is asked here. */
import { originOf, type WireFormat } from "../providers";

/** The path at which servers of each format usually speak it. */
const VERSION_PATHS: Record<WireFormat, string> = {
  openai: "/v1",
  responses: "/v1",
  anthropic: "/v1",
  gemini: "/v1beta",
};

/** Matches the path of a request, which a base URL does not have. */
const REQUEST_PATH = /\/(?:chat\/completions|completions|responses|messages|models(?:\/[^/]*)?)$/;
const VERSION = /\/v\d\w*$/;

/** Matches a host in the person's own network, which seldom speaks https. */
const OWN_HOST =
  /^(?:localhost|127\.\d+\.\d+\.\d+|10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+|172\.(?:1[6-9]|2\d|3[01])\.\d+\.\d+|0\.0\.0\.0|\[[\da-f:]+\]|[^.]+|[^/]+\.(?:local|lan|internal|localhost))$/i;

/** Returns a web address for what was typed; empty when it is none. */
export function withScheme(typed: string): string {
  const address = typed.trim().replace(/^["'<]+|["'>]+$/g, "");
  if (originOf(address)) return address;
  const rest = address.replace(/^(?:https?:?)?\/+/i, "");
  if (!/^[^\s/?#@]+(?:[/?#]|$)/.test(rest) || /^[a-z][\w+.-]*:(?!\d)/i.test(rest)) return "";
  const host = /^(?:\[[^\]]*\]|[^:/?#]*)/.exec(rest)![0];
  const guess = `${OWN_HOST.test(host) ? "http" : "https"}://${rest}`;
  return host && originOf(guess) ? guess : "";
}

/** Returns the base URLs that `typed` may stand for, all of one origin; first the one that is nearest
 *  to it. Empty when it is no address. */
export function addressesFor(typed: string, format: WireFormat): string[] {
  const address = withScheme(typed);
  if (!address) return [];
  const { origin, pathname } = new URL(address);
  const base = pathname.replace(/\/+$/, "").replace(REQUEST_PATH, "");
  const version = VERSION_PATHS[format];
  const others = VERSION.test(base) ? [] : [base + version, version];
  return [...new Set([base, ...others])].map((path) => origin + path);
}

/** Returns the address that a person meant who typed one without http://; empty when unknown. */
export function meantBy(typed: string, format: WireFormat): string {
  const [nearest = "", withVersion = nearest] = addressesFor(typed, format);
  return withVersion;
}
