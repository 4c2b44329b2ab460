const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };

/** Whether two resource quantities are the same amount: `1000m` and `1`, `1024Mi` and `1Gi`. */
export function sameQuantity(one: string, other: string): boolean {
  return sameNumber(quantity(one), quantity(other));
}

/** Whether two of Go's durations are the same: `1h` and `1h0m0s`. */
export function sameDuration(one: string, other: string): boolean {
  return sameNumber(duration(one), duration(other));
}

/** A duration as Go prints it, which is what a controller in Go writes back: `1h0m0s` for `1h`. */
export function goDuration(text: string): string {
  const seconds = duration(text);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = `${Math.round((seconds % 60) * 1000) / 1000}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}

function sameNumber(one: number, other: number): boolean {
  return one === other || Math.abs(one - other) <= 1e-9 * Math.max(Math.abs(one), Math.abs(other));
}

/** NaN for what is none, so that it equals nothing. */
function quantity(text: string): number {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([KMGTPE]i)|([numkMGTPE]?)|[eE]([+-]?\d+))$/.exec(text);
  if (match === null) return Number.NaN;
  const [, digits, binary, decimal = '', exponent] = match;
  if (binary !== undefined) return Number(digits) * 1024 ** (BINARY.indexOf(binary) + 1);
  return Number(digits) * 10 ** Number(exponent ?? DECIMAL[decimal]);
}

const SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 };

function duration(text: string): number {
  if (text === '0') return 0;
  if (!/^(\d+(\.\d+)?(h|ms|m|s|us|µs|ns))+$/.test(text)) return Number.NaN;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g);
  return Array.from(parts, ([, digits, unit]) => Number(digits) * (SECONDS[unit ?? ''] ?? Number.NaN)).reduce(
    (sum, part) => sum + part,
    0,
  );
}
