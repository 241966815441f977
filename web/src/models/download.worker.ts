/** The worker that runs `download`: it takes one request, then reports progress, then the file or
 *  the error. */
import { SessionError } from "../api/error";
import { download, type DownloadReply, type DownloadRequest } from "./download";

const PROGRESS_MS = 100;
const reply = (message: DownloadReply): void => postMessage(message);

addEventListener("message", async (event: MessageEvent<DownloadRequest>) => {
  let last = -PROGRESS_MS;
  let note: string | null = null;
  try {
    const blob = await download(event.data, (progress) => {
      const { loaded, total } = progress;
      const soon = performance.now() - last < PROGRESS_MS;
      if (soon && loaded !== total && progress.note === note) return;
      ({ note } = progress);
      last = performance.now();
      reply({ type: "progress", ...progress });
    });
    reply({ type: "done", blob });
  } catch (error) {
    const { kind, message, advice } =
      error instanceof SessionError ? error : new SessionError("storage", String(error));
    reply({ type: "failed", kind, message, advice });
  }
});
