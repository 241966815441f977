/** What takes long the first time, as small tasks: the browser compiles the expressions of Markdown
 *  and of highlighting, and the sanitiser sets itself up. Done before anything is shown, it is not
 *  part of the first frame of a reply. */
import { count } from "./format";
import { highlight } from "./highlight";
import { renderMarkdown } from "./markdown";

const TEXT = `# Title

Some **bold**, _more_ and \`code\`, ~~no~~ [a link](https://example.org), https://example.org, \
an image ![picture](a.png), <b>tags</b> &amp; a \\* sign.

- one
  - two
1. three

> A quote

| a | b |
|---|--:|
| 1 | 2 |

---
`;
const CODE = `import math

@tool
def area(radius: float = 1.5e3) -> str:
    """Returns a text."""
    for n in range(10):  # a comment
        print(f"{n:>5} {'a' * 2}", None, [True])
    return r"x" + 'y'


class Circle(Shape):
    pass
`;

export const firstUses: readonly (() => unknown)[] = [
  () => count(1_000),
  () => renderMarkdown("Some words.\n"),
  () => renderMarkdown(TEXT),
  () => highlight(CODE, "python"),
];
