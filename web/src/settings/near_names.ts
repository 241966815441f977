/** Names that are like another one, for a person who mistyped it. */

/** Whether a list of models has `model`; Ollama leaves out the tag `latest`. */
export function lists(models: readonly string[], model: string): boolean {
  const plain = model.replace(/^models\//, ""); // as Gemini writes them
  return models.some((name) => name === plain || name === `${plain}:latest`);
}

/** Returns at most `most` of the names as a phrase, those that are most like `name` first. */
export function nearest(names: readonly string[], name: string, most = 5): string {
  const wanted = pairsIn(name);
  const likeness = (other: string) => {
    const pairs = pairsIn(other);
    const common = [...pairs].filter((pair) => wanted.has(pair)).length;
    return common / Math.max(pairs.size + wanted.size - common, 1);
  };
  const ranked = names
    .map((other) => ({ other, like: likeness(other) }))
    .sort((left, right) => right.like - left.like)
    .map(({ other }) => other);
  const shown = ranked.slice(0, most);
  const rest = names.length - shown.length;
  return new Intl.ListFormat("en").format(rest ? [...shown, `${rest} more`] : shown);
}

function pairsIn(name: string): Set<string> {
  const text = ` ${name.toLowerCase()} `;
  return new Set(Array.from({ length: text.length - 1 }, (_, at) => text.slice(at, at + 2)));
}
