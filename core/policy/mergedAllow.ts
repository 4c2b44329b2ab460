import { isMapping } from '../base/own.ts';
import { parse } from 'yaml';

/**
 * One entry of `registrar.yaml` for several lines that each allow something (`Breach.allow`): YAML takes no key twice. Lists of a
 * key are joined; of other values the last one counts. Undefined where one line is enough.
 */
export function mergedAllow(lines: readonly string[]): string | undefined {
  if (new Set(lines).size < 2) return undefined;
  return flow({ policy: lines.map((line): unknown => parse(`{${line}}`)).reduce(merged) }).slice(1, -1);
}

function merged(one: unknown, other: unknown): unknown {
  if (Array.isArray(one) && Array.isArray(other)) return [...new Set<unknown>([...one, ...other])];
  if (!isMapping(one) || !isMapping(other)) return other;
  const joined = Object.entries(other).map(([key, value]) => [key, merged(one[key], value)]);
  return { ...one, ...(Object.fromEntries(joined) as object) };
}

/** As the single lines are written: keys without quotes. */
function flow(value: unknown): string {
  if (!isMapping(value)) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, each]) => `${key}: ${flow(each)}`)
    .join(', ')}}`;
}
