/** The options of Python as JavaScript names them: `max_steps` is `maxSteps`. One rule for all, so
 *  that an option has one name on both sides. */
type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;

/** The same fields under their JavaScript names; each may be missing. Editors show no comments for
 *  fields that are renamed this way: what a page author types is declared in `protocol.ts`. */
export type Named<Fields> = {
  [Name in keyof Fields as Name extends string ? Camel<Name> : never]?: Fields[Name];
};

/** Returns the fields of `known` that `given` has under their JavaScript names. Undefined counts as
 *  missing, and so does null for a field that is never null. Throws `TypeError` for anything but an
 *  object, and for a name that is neither a field nor one of `others`. */
export function fieldsNamed<Fields extends object>(
  known: Fields,
  given: Named<Fields> | null | undefined,
  others: readonly string[] = [],
): Partial<Fields> {
  const values = asRecord(given ?? {});
  const names = [...Object.keys(known).map(camelCase), ...others];
  const unknown = Object.keys(values).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`There is no option "${unknown}". There are: ${names.join(", ")}.`);
  }
  const found = Object.entries(known).flatMap(([name, usual]) => {
    const value = values[camelCase(name)];
    const isMissing = value === undefined || (value === null && usual !== null);
    return isMissing ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found) as Partial<Fields>;
}

function asRecord(given: object): Record<string, unknown> {
  if (typeof given !== "object" || Array.isArray(given)) {
    throw new TypeError(`Options are an object, not ${JSON.stringify(given)}.`);
  }
  return given as Record<string, unknown>;
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
