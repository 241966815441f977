/** Sentences of the frame around a conversation. */
import type { Problem } from "../../protocol";

export const DEMO_LABEL =
  "Demonstration: replies come from a fixed script; code, sandbox, and files are real.";

export const CHOOSE_FIRST: Problem = {
  kind: "none_chosen",
  message: "Choose a model first.",
  advice: "Your task stays in its field and runs as soon as a model is chosen.",
};
