import { expect, test, vi } from "vitest";

import { noticeClosing } from "../../../web/src/sandbox/closing";

/** A worker's scope with `close` on itself, on its prototype, or further up. */
function scopeWith(levels: number) {
  const close = vi.fn();
  let scope = Object.create({ close }) as { close(): void };
  for (let level = 1; level < levels; level++) scope = Object.create(scope) as typeof scope;
  if (levels === 0) scope = { close };
  return { scope, close };
}

test.each([0, 1, 3])("a scope with close %i levels up is noticed", (levels) => {
  const { scope, close } = scopeWith(levels);
  const order: string[] = [];
  close.mockImplementation(() => order.push("closed"));
  noticeClosing(scope, () => order.push("noticed"));
  scope.close();
  expect(order).toEqual(["noticed", "closed"]);
});

test.each([0, 1, 3])("the first function is nowhere to be found, %i levels up", (levels) => {
  const { scope, close } = scopeWith(levels);
  noticeClosing(scope, () => undefined);
  for (let at: object | null = scope; at !== null; at = Object.getPrototypeOf(at) as object) {
    const { value } = Object.getOwnPropertyDescriptor(at, "close") ?? {};
    expect(value).not.toBe(close);
    expect(Reflect.deleteProperty(at, "close")).toBe(!Object.hasOwn(at, "close"));
  }
  expect(Reflect.set(scope, "close", close)).toBe(false);
});
