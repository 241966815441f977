/** The site's packages as people look for them. Those that only others need stand in no group. */

export interface PackageGroup {
  title: string;
  names: readonly string[];
}

const GROUPS: readonly PackageGroup[] = [
  {
    title: "Numbers and tables",
    names: ["pandas", "numpy", "scipy", "scikit-learn", "statsmodels", "sympy", "networkx"],
  },
  { title: "Plots and pictures", names: ["matplotlib", "seaborn", "pillow"] },
  {
    title: "Excel, Word, PowerPoint, PDF",
    names: [
      ...["openpyxl", "xlsxwriter", "xlrd", "python-docx", "python-pptx", "pypdf", "pyarrow"],
    ],
  },
  { title: "Web pages", names: ["beautifulsoup4", "lxml", "requests"] },
];
const OTHERS = "Others";

const KNOWN = new Set(GROUPS.flatMap(({ names }) => names));

/** Whether people know a package by its name. */
export function isKnown(name: string): boolean {
  return KNOWN.has(name);
}

/** Sorts packages into groups: `dependsOn` has each one by its name with the names that it needs. */
export function groupsOf(dependsOn: ReadonlyMap<string, readonly string[]>): PackageGroup[] {
  const needed = new Set([...dependsOn.values()].flat());
  const others = [...dependsOn.keys()].filter((name) => !isKnown(name) && !needed.has(name));
  return [...GROUPS, { title: OTHERS, names: others }]
    .map(({ title, names }) => ({ title, names: names.filter((name) => dependsOn.has(name)) }))
    .filter(({ names }) => names.length > 0);
}
