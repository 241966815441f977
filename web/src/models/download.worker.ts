/** The worker that runs `download`: it takes one request, then reports progress, then the file or
 *  the error. */
import { SessionError } from "../api/error";
import { Throttle } from "../runtime/throttle";
import {
  download,
  type DownloadProgress,
  type DownloadReply,
  type DownloadRequest,
} from "./download";

const reply = (message: DownloadReply): void => postMessage(message);

addEventListener("message", async (event: MessageEvent<DownloadRequest>) => {
  const told = new Throttle<DownloadProgress>((progress) =>
    reply({ type: "progress", ...progress }),
  );
  try {
    const blob = await download(event.data, (progress) => told.give(progress));
    told.stop();
    reply({ type: "done", blob });
  } catch (error) {
    told.stop();
    const { kind, message, advice } =
      error instanceof SessionError ? error : new SessionError("storage", String(error));
    reply({ type: "failed", kind, message, advice });
  }
});
