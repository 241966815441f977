/** Example tasks for a new conversation. */
import demo from "../../../../pyagent/models/demo/task.json";
import type { ModelKind } from "../../settings/settings";

export interface Example {
  title: string;
  task: string;
  /** A file in the site's `samples/` that comes with the task. */
  sample?: string;
}

/** The one task that the demonstration solves. */
export const demonstration: Example = {
  title: "Seattle’s rainiest month",
  task: demo.task,
  sample: demo.file,
};

const large: Example[] = [
  { ...demonstration, title: "Read a file, make a table, a plot and a new file" },
  { title: "Look something up and calculate", task: "What is 2% of the population of Lisbon?" },
  {
    title: "Simulate and draw",
    task: "Simulate 1,000 random walks of 200 steps and plot the distribution of where they end.",
  },
];

const small: Example[] = [
  { title: "A percentage", task: "What is 2% of 67000?" },
  { title: "A date", task: "How many days are there from 3 March 2026 to 24 December 2026?" },
  { title: "A list", task: "List the prime numbers below 50." },
];

/** Returns examples that a model of this kind can solve. */
export function examplesFor(kind: ModelKind): Example[] {
  return kind === "local" ? small : large;
}

/** Fetches the example's file from the site. Rejects when the site does not have it. */
export async function sampleFiles(example: Example): Promise<File[]> {
  if (!example.sample) return [];
  const response = await fetch(new URL(`samples/${example.sample}`, document.baseURI));
  if (!response.ok) throw new Error(`${example.sample} is not on this site (${response.status}).`);
  return [new File([await response.blob()], example.sample, { type: "text/csv" })];
}
