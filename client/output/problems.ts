/**
 * A message that counts several problems (`Problems.throwIfAny`), with each on a line of its own; any other message as it is. Each
 * begins with its number and the system that it is of.
 */
export function onLines(message: string): string {
  const count = Number(/(\d+) problems, nothing was changed\. 1\. /.exec(message)?.[1] ?? 0);
  let [rest, lines] = [message, ''];
  for (let i = 1; i <= count; i += 1) {
    const next = rest.search(new RegExp(` ${i}\\. \\w+(?: \\w+){0,3}: `));
    if (next < 0) break;
    lines += `${rest.slice(0, next)}\n`;
    rest = ` ${rest.slice(next)}`;
  }
  return lines + rest;
}
