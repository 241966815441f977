/** What the refusal of an endpoint means, by the rules and in the words of a run (`explain.py`). */
import type { Problem } from "../protocol";

/** The number of characters of an answer that are looked at. */
const SAID_CHARS = 2_000;

/** Matches what providers write when an account has no credit left. */
const USED_UP =
  /insufficient[_ ](quota|balance|credits?)|exceeded your current quota|billing|out of credits|credit balance|payment required|in arrears|余额不足|欠费/i;
/** Matches a wait that a provider asks for: Google also calls a limit per minute a quota. */
const WAIT = /"retryDelay"|(try again|retry)\w{0,9} (in|after)/i;
const ABOUT_KEY = /api.?key|unauthori[sz]ed|authenticat|credential/i;

export interface Refusal {
  status: number;
  said: string;
  /** Host and port of the endpoint. */
  host: string;
  /** Whether a key was sent. */
  keyed: boolean;
}

/** Reads a refusal to a request for `url`. */
export async function refusalIn(response: Response, url: string, keyed: boolean): Promise<Refusal> {
  const said = (await response.text()).slice(0, SAID_CHARS);
  return { status: response.status, said, host: new URL(url).host, keyed };
}

/** Returns what a refusal says about the key or its account; null when it is about something else. */
export function aboutKey({ status, said, host, keyed }: Refusal): Problem | null {
  if (isUsedUp(status, said)) {
    const message = `The quota of this key on ${host} is used up (${status}).`;
    return problem("rate_limited", message, "Add credit, or use another key or model.");
  }
  if (status === 429) {
    const message = `${host} takes no more requests at the moment (429).`;
    return problem("rate_limited", message, "Wait a little, or choose another model.");
  }
  if (status !== 401 && status !== 403 && !(status === 400 && ABOUT_KEY.test(said))) return null;
  if (keyed) {
    return problem("wrong_key", `The provider refuses this key (${status}).`, "Check the key.");
  }
  return problem(
    "no_key",
    `${host} wants a key (${status}).`,
    "Enter it in the field for the key.",
  );
}

function isUsedUp(status: number, said: string): boolean {
  if (status === 429 && USED_UP.test(said)) return said.includes("PerDay") || !WAIT.test(said);
  return status === 402 || (status === 400 && USED_UP.test(said));
}

/** Returns the problem of an answer that is no reply: a web page, or something else. */
export function noReply(said: string, url: string): Problem {
  const what = said.trimStart().startsWith("<") ? "a web page" : "something else";
  const message = `${new URL(url).host} answered with ${what} instead of a model's reply.`;
  return problem("wrong_url", message, "Check the base URL; for most servers it ends with /v1.");
}

export function problem(kind: string, message: string, advice: string): Problem {
  return { kind, message, advice };
}
