/** Keeps what the person has not sent from getting lost with the page. */
import type { LitElement, ReactiveController } from "lit";
import { areStoresRefused } from "../../runtime/stores";
import { agentOf } from "../look/focus";

const STORE = "pyagent.draft";

/** What would be lost if the page closed now. */
export interface Unsent {
  /** The text that was typed, which a reload brings back. */
  text: string;
  /** Whether the page also has something that does not come back, such as files or a run. */
  more: boolean;
}

/**
 * Keeps the text of a field over a reload of the tab. The browser asks before the page closes if
 * there is something that does not come back.
 */
export class Draft implements ReactiveController {
  /** `unsent` says what the field has now. */
  constructor(
    private readonly host: LitElement,
    private readonly unsent: () => Unsent,
  ) {
    host.addController(this);
  }

  /** The name of the text in the storage, which the sites of one origin share. A page may have
   *  several elements. */
  private get key(): string {
    const id = agentOf(this.host)?.id;
    return [STORE, location.pathname, ...(id ? [id] : [])].join(" ");
  }

  /** Returns the text of the page before the reload; empty when there was none. */
  read(): string {
    try {
      return sessionStorage.getItem(this.key) ?? "";
    } catch {
      return ""; // the browser keeps nothing for this page
    }
  }

  hostConnected(): void {
    addEventListener("beforeunload", this.onLeaving);
    addEventListener("pagehide", this.onHidden);
  }

  hostDisconnected(): void {
    removeEventListener("beforeunload", this.onLeaving);
    removeEventListener("pagehide", this.onHidden);
  }

  private readonly onLeaving = (event: BeforeUnloadEvent): void => {
    if (this.unsent().more && !areStoresRefused()) event.preventDefault();
  };

  private readonly onHidden = (): void => {
    const { text } = this.unsent();
    try {
      if (text && !areStoresRefused()) sessionStorage.setItem(this.key, text);
      else sessionStorage.removeItem(this.key);
    } catch {
      // There is no storage, or the text is too long for it.
    }
  };
}

/** The texts of several tasks as one. */
export function textOf(submissions: readonly { task: string }[]): string {
  return submissions
    .map(({ task }) => task.trim())
    .filter(Boolean)
    .join("\n\n");
}
