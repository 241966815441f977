/** Files that the system opens with the installed page, or that another app shares with it. */
import { takeShared } from "./shared";

interface LaunchQueue {
  setConsumer(consumer: (launch: { files?: readonly FileSystemFileHandle[] }) => void): void;
}

/** Calls `onOpened` with what the page was opened with, now and whenever more comes. */
export function whenOpened(
  baseUrl: URL,
  onOpened: (files: readonly File[], text: string) => void,
): void {
  const { launchQueue } = globalThis as { launchQueue?: LaunchQueue };
  launchQueue?.setConsumer(async ({ files = [] }) => {
    if (files.length) onOpened(await Promise.all(files.map((handle) => handle.getFile())), "");
  });
  if (!new URL(location.href).searchParams.has("shared")) return;
  history.replaceState(null, "", baseUrl.href); // loading again must not attach them again
  void takeShared(baseUrl).then(({ files, text }) => {
    if (files.length || text) onOpened(files, text);
  });
}
