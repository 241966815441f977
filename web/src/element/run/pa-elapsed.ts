/** Shows the seconds since it came on screen, for something that takes a while. */
import { html, LitElement } from "lit";
import { customElement, state } from "lit/decorators.js";
import { duration } from "../../render/format";

@customElement("pa-elapsed")
export class PaElapsed extends LitElement {
  @state() private seconds = 0;
  private began = 0;
  private timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.began = performance.now();
    this.timer = setInterval(() => {
      this.seconds = Math.floor((performance.now() - this.began) / 1000);
    }, 1000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  protected override render() {
    return this.seconds ? html`<span aria-hidden="true">${whole(this.seconds)}</span>` : "";
  }
}

function whole(seconds: number): string {
  return seconds < 10 ? `${seconds} s` : duration(seconds);
}

declare global {
  interface HTMLElementTagNameMap {
    "pa-elapsed": PaElapsed;
  }
}
