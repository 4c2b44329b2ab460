import { RefreshError } from './provider.ts';

/** An entry of `spec.dataFrom`, as far as the sandbox knows it. */
export interface Source {
  readonly extract?: { readonly key: string; readonly property?: string; readonly conversionStrategy?: string };
  readonly rewrite?: readonly Rewrite[];
}

interface Rewrite {
  readonly regexp?: { readonly source: string; readonly target: string };
}

type Fetched = readonly (readonly [string, string])[];

const NO_KEY = /[^\p{L}\p{N}_.-]/u;

/**
 * The keys under which fetched values arrive: rewritten where the source says so, else converted by its strategy (External
 * Secrets 0.20.4, `handleExtractSecrets`). Rewritten ones are not converted: there a label with a blank fails the refresh.
 */
export function arriving({ extract, rewrite = [] }: Source, fetched: Fetched, where: string): Fetched {
  const strategy = extract?.conversionStrategy ?? 'Default';
  const keyed =
    rewrite.length > 0
      ? rewrite.reduce((all, each) => rewritten(each, all), fetched)
      : fetched.map(([label, value]) => [converted(label, strategy), value] as const);
  refuseTwice(rewrite.length > 0 ? [] : keyed, strategy, where);
  const named = keyed.filter(([key]) => key !== '');
  for (const [key] of named) refuseInvalid(key, where);
  return named;
}

/** As Go's `ReplaceAllString`: `$1` and `${1}` are groups. */
function rewritten({ regexp }: Rewrite, fetched: Fetched): Fetched {
  if (regexp === undefined) throw new RefreshError('the sandbox knows no rewrite but regexp');
  const target = regexp.target.replaceAll(/\$\{(\w+)\}/g, '$$$1');
  return fetched.map(([key, value]) => [key.replaceAll(new RegExp(regexp.source, 'g'), target), value] as const);
}

function converted(label: string, strategy: string): string {
  return label.replaceAll(new RegExp(NO_KEY, 'gu'), (character) =>
    strategy === 'Unicode' ? `_U${character.codePointAt(0)?.toString(16).padStart(4, '0')}_` : '_',
  );
}

function refuseTwice(keyed: Fetched, strategy: string, where: string): void {
  const keys = keyed.map(([key]) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice === undefined) return;
  throw new RefreshError(
    `${where}, err: error applying conversion strategy ${strategy} to keys: secret name collision during conversion: ${twice}`,
  );
}

function refuseInvalid(key: string, where: string): void {
  const [character] = NO_KEY.exec(key) ?? [];
  if (character === undefined) return;
  throw new RefreshError(
    `${where}, err: invalid secret keys (TIP: use rewrite or conversionStrategy to change keys): key has invalid character ${character}, only alphanumeric, '-', '.' and '_' are allowed: ${key}`,
  );
}
