import { afterEach, expect, test, vi } from "vitest";

import { MAX_SANDBOX_BYTES, PortEnd, type PortLike } from "../../web/src/port";
import { MAX_CHARS } from "../../web/src/wire";

afterEach(() => vi.restoreAllMocks());

function listening() {
  const port = { onmessage: null, postMessage: vi.fn(), close: vi.fn() } as PortLike & {
    postMessage: ReturnType<typeof vi.fn>;
  };
  const deliver = vi.fn();
  const closed = vi.fn();
  const end = new PortEnd(port);
  end.listen(deliver, closed);
  const arrive = (data: unknown) =>
    port.onmessage?.({ data, ports: [] } as unknown as MessageEvent);
  return { port, end, deliver, closed, arrive };
}

test("text and buffers are delivered", () => {
  const { deliver, arrive } = listening();
  const buffer = new ArrayBuffer(3);
  arrive(["{}", buffer]);
  expect(deliver).toHaveBeenCalledWith("{}", [buffer], []);
});

test("text that comes alone is delivered without lists", () => {
  const { deliver, arrive } = listening();
  arrive(["{}"]);
  expect(deliver).toHaveBeenCalledExactlyOnceWith("{}");
});

test.each<[string, unknown]>([
  ["an object", { type: "executed" }],
  ["text alone", "{}"],
  ["no text first", [new ArrayBuffer(1)]],
  ["something else among the buffers", ["{}", { byteLength: -1 }]],
  ["a text too long to read", ["x".repeat(MAX_CHARS + 1)]],
  ["nothing", null],
])("%s ends the connection and is not delivered", (_, data) => {
  const { port, deliver, closed, arrive } = listening();
  arrive(data);
  expect(deliver).not.toHaveBeenCalled();
  expect(closed).toHaveBeenCalledOnce();
  expect(port.close).toHaveBeenCalled();
  arrive(["{}"]);
  expect(deliver).not.toHaveBeenCalled();
});

/** A buffer that claims a size, so that the test needs no memory for it. */
function bufferOf(byteLength: number): ArrayBuffer {
  return Object.defineProperty(new ArrayBuffer(0), "byteLength", { value: byteLength });
}

test.each([
  ["one file too large", [MAX_SANDBOX_BYTES + 1], false],
  ["two files too large together", [MAX_SANDBOX_BYTES, 1], false],
  ["the largest file", [MAX_SANDBOX_BYTES], true],
])("a sandbox's port with %s", (_, sizes, delivered) => {
  const { port, deliver } = listening();
  const sandbox = { onmessage: null, close: vi.fn() } as unknown as PortLike;
  port.onmessage?.({ data: ["{}"], ports: [sandbox] } as unknown as MessageEvent);
  const end = (deliver.mock.calls[0] as [string, ArrayBuffer[], PortEnd[]])[2][0]!;
  const [taken, closed] = [vi.fn(), vi.fn()];
  end.listen(taken, closed);
  sandbox.onmessage?.({ data: ["{}", ...sizes.map(bufferOf)] } as unknown as MessageEvent);
  expect(taken.mock.calls.length > 0).toBe(delivered);
  expect(closed.mock.calls.length > 0).toBe(!delivered);
});

test("the page's port takes more than a sandbox's", () => {
  const { deliver, arrive } = listening();
  arrive(["{}", bufferOf(2 * MAX_SANDBOX_BYTES)]);
  expect(deliver).toHaveBeenCalledOnce();
});

test("buffers and ports are handed over", () => {
  const { port, end } = listening();
  const buffer = new ArrayBuffer(3);
  const given = new MessageChannel().port1;
  end.post("{}", [buffer], [given]);
  expect(port.postMessage).toHaveBeenCalledWith(["{}", buffer], [buffer, given]);
});
