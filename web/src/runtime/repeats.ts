/** Undoes build/repeats.mjs, which says how such a file is written. */

/** Returns the file as it was. `others` are the bytes of the files that the build shortened it by.
 *  Throws `RangeError` when it is not such a file. */
export function lengthened(
  short: Uint8Array<ArrayBuffer>,
  others = new Uint8Array(),
): Uint8Array<ArrayBuffer> {
  const head = new DataView(short.buffer, short.byteOffset);
  const end = HEAD + head.getUint32(4, true);
  if (end > short.length) throw new RangeError(WRONG);
  const whole = new Uint8Array(others.length + head.getUint32(0, true));
  whole.set(others);
  let [from, rest, at] = [HEAD, end, others.length];
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = short[from++]!;
      value |= (byte & 127) << shift;
      if (byte < 128 || shift > 28) return value;
    }
  };
  const take = (bytes: number): void => {
    whole.set(short.subarray(rest, rest + bytes), at);
    rest += bytes;
    at += bytes;
  };
  while (from < end) {
    take(number());
    const bytes = number();
    const back = at - number();
    whole.copyWithin(at, back, back + bytes);
    at += bytes;
  }
  take(short.length - rest);
  if (at !== whole.length) throw new RangeError(WRONG);
  return whole.subarray(others.length);
}

const HEAD = 8;
const WRONG = "These are not repeats as the build writes them.";
