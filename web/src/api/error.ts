/** The one error that a session throws, and how any failure becomes a problem that can be shown. */
import type { Problem } from "../protocol";

const MAX_CHARS = 100_000;

/** What went wrong, for a person. `kind` is stable; `advice` may be empty. */
export class SessionError extends Error {
  override readonly name = "SessionError";

  constructor(
    readonly kind: string,
    message: string,
    readonly advice = "",
  ) {
    super(message);
  }
}

/** A problem as an error that can be thrown. */
export function errorOf({ kind, message, advice }: Problem): SessionError {
  return new SessionError(kind, message, advice);
}

/** Any failure as a problem; the kind of a failure that we did not expect is `internal`. */
export function problemOf(error: unknown): Problem {
  if (error instanceof SessionError) {
    const { kind, message, advice } = error;
    return { kind, message, advice };
  }
  return { kind: "internal", message: messageOf(error), advice: "" };
}

/** The message of anything that was thrown. Never throws, whatever that is. */
export function messageOf(error: unknown): string {
  return told(
    () => (error instanceof Error ? error.message || error.name : error),
    "The error has no text.",
  );
}

/** The name of anything that was thrown: `Error` for what has none. Never throws. */
export function nameOf(error: unknown): string {
  return told(() => (error instanceof Error ? error.name : "Error"), "Error");
}

/** Code of a page's author can throw objects whose own code fails, or with texts of megabytes. */
function told(read: () => unknown, otherwise: string): string {
  try {
    return String(read()).slice(0, MAX_CHARS);
  } catch {
    return otherwise;
  }
}
