import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Follower } from "../../../../web/src/element/frame/follower";

const VIEW = 600;
let grown = () => {};

beforeEach(() => {
  vi.stubGlobal(
    "ResizeObserver",
    class {
      constructor(onResize: () => void) {
        grown = onResize;
      }
      observe() {}
      disconnect() {}
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

/** A view of 600 pixels at the end of its content, in which an answer can come. */
class Page {
  height = 2000;
  away = false;
  readonly scroller = document.createElement("div");
  readonly follower: Follower;
  private top = 0;

  constructor() {
    const page = this;
    Object.defineProperties(this.scroller, {
      scrollHeight: { get: () => page.height },
      clientHeight: { get: () => VIEW },
      scrollTop: {
        get: () => page.top,
        set: (top: number) => (page.top = Math.max(0, Math.min(top, page.height - VIEW))),
      },
    });
    this.scroller.getBoundingClientRect = () => new DOMRect(0, 50, 300, VIEW);
    const tell = (away: boolean) => (this.away = away);
    this.follower = new Follower(this.scroller, document.createElement("div"), tell);
    this.follower.toEnd();
  }

  /** An answer comes below everything, with `below` pixels under it. */
  answer(height: number, below = 0): void {
    const start = this.height;
    const element = document.createElement("div");
    element.getBoundingClientRect = () => new DOMRect(0, 50 + start - this.top, 300, height);
    this.height += height + below;
    this.follower.toAnswer(element);
  }

  grow(by: number): void {
    this.height += by;
    grown();
  }

  scroll(to: number): void {
    this.scroller.scrollTop = to;
    this.scroller.dispatchEvent(new Event("scroll"));
  }
}

test.each([
  ["that is taller than the view", 9000, 0],
  ["that would fit without what is below it", 500, 300],
  ["that is a little taller than the view", 610, 0],
])("the beginning of an answer is shown %s", (_, height, below) => {
  const page = new Page();

  page.answer(height, below);

  expect(page.scroller.scrollTop).toBe(2000 - 16);
  expect(page.away).toBe(height + below - VIEW + 16 >= 40);
});

test("an answer that fits is followed to its end", () => {
  const page = new Page();

  page.answer(300);

  expect(page.scroller.scrollTop).toBe(2300 - VIEW);
});

test("the beginning stays in view while the answer is drawn", () => {
  const page = new Page();
  page.answer(300);

  page.grow(2000);
  page.grow(2000);

  expect(page.scroller.scrollTop).toBe(2000 - 16);
});

test("the person who reads above is left alone when an answer comes", () => {
  const page = new Page();
  page.scroll(1000);
  page.scroll(700);

  page.answer(9000);

  expect(page.scroller.scrollTop).toBe(700);
});

test("the end is followed again after a jump to it", () => {
  const page = new Page();
  page.answer(9000);

  page.follower.toEnd();
  page.grow(500);

  expect(page.scroller.scrollTop).toBe(2000 + 9500 - VIEW);
});
