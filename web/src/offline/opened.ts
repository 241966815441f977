/** Files that the system opens with the installed page, or that another app shares with it. */
import { takeShared } from "./shared";

interface LaunchQueue {
  setConsumer(consumer: (launch: { files?: readonly FileSystemFileHandle[] }) => void): void;
}

/** Calls `onFiles` with the files that the page was opened with, now and whenever more come. */
export function openedFiles(baseUrl: URL, onFiles: (files: File[]) => void): void {
  const { launchQueue } = globalThis as { launchQueue?: LaunchQueue };
  launchQueue?.setConsumer(async ({ files = [] }) => {
    if (files.length) onFiles(await Promise.all(files.map((handle) => handle.getFile())));
  });
  if (!new URL(location.href).searchParams.has("shared")) return;
  history.replaceState(null, "", baseUrl.href); // loading again must not attach them again
  void takeShared(baseUrl).then((files) => {
    if (files.length) onFiles(files);
  });
}
