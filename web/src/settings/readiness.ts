/** What of the page works without a network, as sentences for a person. */
import { keptWeights, listLocalModels } from "../models/local";
import type { KeptPackages } from "../offline/packages";

export interface Readiness {
  /** Whether it is here. What is not says what would be missing. */
  ready: boolean;
  text: string;
}

/** The number of names in a sentence. */
const NAMED = 4;

/** Looks at what is here. A page that opens without a network brings Python along. */
export async function readiness(packages: KeptPackages): Promise<Readiness[]> {
  const [models] = await Promise.all([keptModels(), packages.look()]);
  return [
    { ready: true, text: "The page opens, and Python runs." },
    ...packagesHere(packages),
    modelHere(models),
  ];
}

function packagesHere({ offered, state }: KeptPackages): Readiness[] {
  if (!state.there) {
    const text = "No packages: code that imports pandas or others needs the network.";
    return [{ ready: false, text }];
  }
  const names = (kept: boolean) =>
    offered.filter((one) => one.kept === kept).map(({ name }) => name);
  const [here, absent] = [names(true), names(false)];
  const lines: Readiness[] = [];
  if (here.length) lines.push({ ready: true, text: `Packages: ${listed(here)}.` });
  if (absent.length) {
    lines.push({
      ready: false,
      text: `Not kept: ${listed(absent)}. Their import needs the network.`,
    });
  }
  return lines;
}

function modelHere(names: readonly string[]): Readiness {
  if (names.length) return { ready: true, text: `Model: ${listed(names)}.` };
  const text = "No model: an endpoint needs its network, and only the demonstration works without.";
  return { ready: false, text };
}

async function keptModels(): Promise<string[]> {
  const sources = await listLocalModels().catch(() => []);
  const { own, others } = await keptWeights(sources);
  const listedHere = sources.filter(({ id }) => own.get(id)?.complete).map(({ name }) => name);
  return [
    ...listedHere,
    ...others.filter(({ complete }) => complete).map(({ name }) => name || "a model"),
  ];
}

function listed(names: readonly string[]): string {
  const some = names.length > NAMED + 1 ? names.slice(0, NAMED) : names;
  const more = names.length - some.length;
  return new Intl.ListFormat("en-GB").format(more ? [...some, `${more} more`] : some);
}
