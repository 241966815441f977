/** Keeps the end of the conversation in view, until the person scrolls up. It pauses while a
 *  question has the focus. */
import { focusedQuestion } from "../run/pa-approval";

/** A view that is closer to the end than this counts as being there, in pixels. */
const NEAR = 40;

export class Follower {
  private readonly observer: ResizeObserver;
  private following = false;
  private top = 0;
  private height = 0;

  /** `content` grows inside `scroller`; `onAway` is told whether its end is out of view. */
  constructor(
    private readonly scroller: HTMLElement,
    content: HTMLElement,
    private readonly onAway: (away: boolean) => void,
  ) {
    this.observer = new ResizeObserver(() => this.onGrowth());
    this.observer.observe(content);
    this.observer.observe(scroller);
    scroller.addEventListener("scroll", this.onScroll, { passive: true });
  }

  /** Goes to the end and follows it. */
  toEnd(): void {
    this.following = true;
    this.onGrowth();
  }

  /** Goes to the start and stays there. */
  toStart(): void {
    this.following = false;
    this.scroller.scrollTop = 0;
    this.tell();
  }

  dispose(): void {
    this.observer.disconnect();
    this.scroller.removeEventListener("scroll", this.onScroll);
  }

  private onGrowth(): void {
    this.height = this.scroller.scrollHeight;
    if (this.following && !focusedQuestion()) this.scroller.scrollTop = this.height;
    this.tell();
  }

  private readonly onScroll = (): void => {
    const { scrollHeight, scrollTop } = this.scroller;
    // Shrinking content moves the view up too. Only a move without that comes from the person.
    const moved = scrollTop < this.top && scrollHeight === this.height;
    if (this.distance < NEAR) this.following = true;
    else if (moved && !focusedQuestion()) this.following = false;
    this.top = scrollTop;
    this.tell();
  };

  private tell(): void {
    this.onAway(!this.following && this.distance >= NEAR);
  }

  private get distance(): number {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight;
  }
}
