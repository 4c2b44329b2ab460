/**
 * A message that counts several problems (`Several`), with each on a line of its own, and its further lines below that; any other
 * message as it is. Each begins with its number and the system that it is of.
 */
export function onLines(message: string): string {
  const count = Number(/(\d+) problems, nothing was changed\. 1\. /.exec(message)?.[1] ?? 0);
  const found: string[] = [];
  let rest = message;
  for (let i = 1; i <= count; i += 1) {
    const next = rest.search(new RegExp(` ${i}\\. \\w+(?: \\w+){0,3}: `));
    if (next < 0) break;
    found.push(rest.slice(0, next));
    rest = ` ${rest.slice(next)}`;
  }
  const [head, ...problems] = [...found, rest];
  return [head, ...problems.map((problem) => problem.replaceAll('\n', '\n     '))].join('\n');
}
