const UNITS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};
const PART = /(\d+(?:\.\d*)?)(ms|us|µs|ns|h|m|s)/g;

/** Milliseconds of a Go duration, as Kubernetes objects carry it: `1h30m`, `0`. Undefined where the text is none. */
export function durationMs(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === '0') return 0;
  if (trimmed === '' || trimmed.replaceAll(PART, '') !== '') return undefined;
  return [...trimmed.matchAll(PART)].reduce((sum, part) => sum + Number(part[1]) * (UNITS[part[2] ?? ''] ?? 0), 0);
}
