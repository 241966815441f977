/** The one error that a session throws, and how any failure becomes a problem that can be shown. */
import type { Problem } from "../protocol";

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

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
