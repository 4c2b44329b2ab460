/**
 * Whether a text matches a pattern of `registrar.yaml`: `**` stands for any text, `*` for any text without a "/", every other
 * character for itself. A pattern matches the whole text, upper and lower case told apart. Pure.
 */
export function matches(pattern: string, text: string): boolean {
  const parts = pattern.split(/(\*+)/).map((part) => {
    if (part.startsWith('**')) return '[^]*';
    return part === '*' ? '[^/]*' : part.replaceAll(/[$()*+.?[\\\]^{|}/]/g, String.raw`\$&`);
  });
  return new RegExp(`^${parts.join('')}$`, 'u').test(text);
}

/** Whether any of the patterns matches. */
export function matchesAny(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => matches(pattern, text));
}
