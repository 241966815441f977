/** Who listens to a session, and what they are told. */
import type { SessionError } from "../api/error";
import type { MessageListener, Progress, ProgressListener } from "../api/session";

type ErrorListener = (error: SessionError) => void;

export class Listeners {
  readonly messages = new Set<MessageListener>();
  readonly progress = new Set<ProgressListener>();
  readonly errors = new Set<ErrorListener>();

  tell(error: SessionError): void {
    for (const listener of this.errors) listener(error);
  }

  report(progress: Progress): void {
    for (const listener of this.progress) listener(progress);
  }
}

/** Adds a listener. Returns a function that removes it. */
export function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
