/** The part of Deno that we use. */
declare namespace Deno {
  const stdin: {
    read(into: Uint8Array): Promise<number | null>;
    readSync(into: Uint8Array): number | null;
  };
  const stdout: { writeSync(data: Uint8Array): number };
  function addSignalListener(signal: "SIGINT", listener: () => void): void;
  let exit: (code?: number) => never;
}
