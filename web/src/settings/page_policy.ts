/** Why the browser itself keeps this page from calling an address, whatever the server does. */
import type { Problem } from "../protocol";
import { problem } from "./refusals";

/** The browser tells of a blocked request after `fetch` has failed. */
const TOLD_WITHIN_MS = 100;

const OWN_MACHINE = /^(localhost|.*\.localhost|127\..*|\[::1\])$/;

/** Notes whether the page's policy blocks requests to the origin of `url`, until `end`. */
export function watchPolicy(url: string) {
  const { origin } = new URL(url);
  let blocked = false;
  const note = ({ blockedURI }: SecurityPolicyViolationEvent): void => {
    if (URL.parse(blockedURI)?.origin === origin) blocked = true;
  };
  document.addEventListener("securitypolicyviolation", note);
  return {
    blocks: async () => {
      if (!blocked) await new Promise((resolve) => setTimeout(resolve, TOLD_WITHIN_MS));
      return blocked;
    },
    end: () => document.removeEventListener("securitypolicyviolation", note),
  };
}

export function ownPolicy(url: string): Problem {
  const { origin } = new URL(url);
  return problem(
    "unreachable",
    `This page's own policy does not let it call ${origin}; the server was not asked.`,
    "Use an address that this site allows, or ask whoever runs the site to add the server to" +
      " connect-src in its Content-Security-Policy.",
  );
}

/** Whether an https page would call an http address, which browsers block except on the person's own
 *  machine. */
export function isMixed(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return location.protocol === "https:" && protocol === "http:" && !OWN_MACHINE.test(hostname);
}
