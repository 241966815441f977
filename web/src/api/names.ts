/** The options of Python as JavaScript names them: `max_steps` is `maxSteps`. One rule for all, so
 *  that an option has one name on both sides. */
type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;

/** The same fields under their JavaScript names; each may be missing. */
export type Named<Fields> = {
  [Name in keyof Fields as Name extends string ? Camel<Name> : never]?: Fields[Name];
};

/** Returns the fields of `known` that `given` has under their JavaScript names. A field that is
 *  undefined counts as missing, and so does null where it is not a value of the field. Throws
 *  `TypeError` for a name that `known` does not have. */
export function fieldsNamed<Fields extends object>(
  known: Fields,
  given: Named<Fields>,
): Partial<Fields> {
  const values = new Map<string, unknown>(Object.entries(given));
  const found = Object.entries(known).flatMap(([name, usual]) => {
    const value = take(values, camelCase(name));
    const isMissing = value === undefined || (value === null && usual !== null);
    return isMissing ? [] : [[name, value] as const];
  });
  const [unknown] = values.keys();
  if (unknown !== undefined) {
    const names = Object.keys(known).map(camelCase).join(", ");
    throw new TypeError(`There is no option "${unknown}". There are: ${names}.`);
  }
  return Object.fromEntries(found) as Partial<Fields>;
}

function take(values: Map<string, unknown>, name: string): unknown {
  const value = values.get(name);
  values.delete(name);
  return value;
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
