/** Keeps the end of the conversation in view, until the person scrolls up or an answer comes that
 *  does not fit: then the view stays at its beginning. It pauses while a question has the focus. */
import { focusedQuestion } from "../run/open_question";

/** A view that is closer to the end than this counts as being there, in pixels. */
const NEAR = 40;
/** The space above an answer whose beginning is shown, in pixels. */
const MARGIN = 16;

export class Follower {
  private readonly observer: ResizeObserver;
  private following = false;
  private top = 0;
  private height = 0;
  /** The answer that came last, until the view has left the end; null before it. */
  private answer: Element | null = null;

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
    this.answer = null;
    this.onGrowth();
  }

  /** Follows the end no further than to the beginning of `answer`, which has just come. */
  toAnswer(answer: Element): void {
    if (!this.following) return; // the person reads something else
    this.answer = answer;
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
    if (this.following && !focusedQuestion()) this.follow();
    this.tell();
  }

  private follow(): void {
    this.scroller.scrollTop = this.height;
    if (!this.answer) return;
    const hidden =
      this.scroller.getBoundingClientRect().top - this.answer.getBoundingClientRect().top;
    if (hidden + MARGIN <= 0) return;
    this.scroller.scrollTop -= hidden + MARGIN;
    this.following = false;
    this.answer = null;
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
