/** Tests that the groups of packages name what the build may bring. */
// @vitest-environment node
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { groupsOf, isKnown } from "../../../web/src/offline/package_groups";

const LIST = fileURLToPath(new URL("../../../build/data_packages/packages.json", import.meta.url));
interface Listed {
  packages: { name: string; depends: string[]; group: string }[];
}
const { packages } = JSON.parse(await readFile(LIST, "utf8")) as Listed;
const needs = new Map(packages.map(({ name, depends }) => [name, depends]));

test("every name in the groups is one of the build's packages", () => {
  const named = groupsOf(new Map([...needs.keys()].map((name) => [name, []])));
  const known = named.filter(({ title }) => title !== "Others").flatMap(({ names }) => names);

  expect(known).toHaveLength(20);
  expect(known.every(isKnown)).toBe(true);
});

test("what the site has by default and nothing else needs stands in a group that says what it is for", () => {
  const data = new Map(
    packages.filter(({ group }) => group === "data").map(({ name, depends }) => [name, depends]),
  );

  expect(groupsOf(data).find(({ title }) => title === "Others")).toBeUndefined();
});
