/** The progress of packages that come from the site, in words. */
import type { Progress } from "../api/session";
import type { PackagesProgress } from "./messages";

/** Names the packages that come from the site. Nothing more is coming when all bytes are here. */
export function packagesProgress({ names, loaded, total }: PackagesProgress): Progress {
  const [first, second, ...others] = names;
  const more = others.length ? `, ${second} and ${others.length} more` : ` and ${second}`;
  const label = `Loading ${first}${second ? more : ""}`;
  return { stage: "packages", label, loaded: names.length ? loaded : total, total };
}
