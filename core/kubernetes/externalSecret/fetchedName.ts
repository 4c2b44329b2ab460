import { own } from '../../base/own.ts';
import { type DataFrom, text } from './spec.ts';

/** The name under which `dataFrom` brings a label of the vault, or why nobody can tell. */
export type FetchedName = { readonly name: string } | { readonly unclear: string };

/**
 * How `rewrite` turns a label into a name, one step after the other (External Secrets documentation, "Rewriting Keys"). Without one the
 * conversion strategy does: by default each character that no key of a Secret may have becomes "_".
 */
export function fetchedName(label: string, { rewrite, extract, find }: DataFrom): FetchedName {
  if (rewrite.length === 0)
    return { name: converted(label, text((extract ?? find)?.['conversionStrategy']) ?? 'Default') };
  let name = label;
  for (const step of rewrite) {
    const next = rewritten(name, step);
    if ('unclear' in next) return next;
    ({ name } = next);
  }
  return { name };
}

/** Whether a Secret may have such a key. External Secrets refuses a whole refresh for one that it may not. */
export function isSecretKey(name: string): boolean {
  return /^[-._\p{L}\p{N}]{1,253}$/u.test(name);
}

function converted(label: string, strategy: string): string {
  if (strategy === 'None') return label;
  return label.replaceAll(/[^-._\p{L}\p{N}]/gu, (sign) =>
    strategy === 'Unicode' ? `_U${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}_` : '_',
  );
}

function rewritten(name: string, step: Readonly<Record<string, unknown>>): FetchedName {
  const { regexp, transform, merge } = step as {
    regexp?: { source?: unknown; target?: unknown };
    transform?: { template?: unknown };
    merge?: unknown;
  };
  if (merge !== undefined) return { unclear: 'rewrite.merge makes keys of what stands inside the values' };
  if (regexp !== undefined) return byRegexp(name, text(regexp.source) ?? '', text(regexp.target) ?? '');
  if (transform !== undefined) return byTransform(name, text(transform.template) ?? '');
  return { name };
}

/** Go's `ReplaceAllString`, for the patterns that mean the same to both languages. */
function byRegexp(name: string, source: string, target: string): FetchedName {
  const pattern = patternOf(source);
  if (pattern === undefined) return { unclear: `the pattern ${source} of a rewrite cannot be followed here` };
  let made = '';
  let end = 0;
  let isFirst = true;
  for (const found of name.matchAll(pattern)) {
    // Go passes over an empty match that begins where the one before it ended.
    if (found[0] === '' && found.index === end && !isFirst) continue;
    made += name.slice(end, found.index) + expanded(target, found);
    end = found.index + found[0].length;
    isFirst = false;
  }
  return { name: made + name.slice(end) };
}

/** The target with what its groups have found; in Go a name behind "$" is as long as it can be. */
function expanded(target: string, found: RegExpExecArray): string {
  return target.replaceAll(/\$\$|\$\{(\w+)\}|\$(\w+)/g, (_sign: string, braced?: string, bare?: string) => {
    const group = braced ?? bare;
    if (group === undefined) return '$';
    return (/^\d+$/.test(group) ? found[Number(group)] : own(found.groups, group)) ?? '';
  });
}

/** A Go pattern in JavaScript; undefined where the two differ, or where it could take for ever here and not there. */
export function patternOf(source: string): RegExp | undefined {
  const [, flags = '', body = source] = /^\(\?([is]+)\)([\s\S]*)$/.exec(source) ?? [];
  if (/\[\[:|\\[AzQECa]|\(\?[^:P]|\\p[A-Z]/.test(body) || body.length > 200) return undefined;
  if (/\([^()]*[*+}][^()]*\)[*+{]|\)[^()]*\)[*+{]/.test(body)) return undefined;
  try {
    return new RegExp(body.replaceAll('(?P<', '(?<'), `gu${flags}`);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Functions of a `transform` on the name, with what they do. */
const FUNCTIONS: Readonly<Record<string, (name: string, ...args: string[]) => string>> = {
  upper: (name) => name.toUpperCase(),
  lower: (name) => name.toLowerCase(),
  trim: (name) => name.trim(),
  toString: (name: string) => name,
  replace: (name, from = '', to = '') => name.replaceAll(from, () => to),
  trimPrefix: (name, prefix = '') => (name.startsWith(prefix) ? name.slice(prefix.length) : name),
  trimSuffix: (name, suffix = '') => (suffix !== '' && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name),
};

/** A template with `.value`, piped through functions that are known. */
function byTransform(name: string, template: string): FetchedName {
  let unclear: string | undefined;
  const made = template.replaceAll(/\{\{-?([\s\S]*?)-?\}\}/g, (action: string, inner: string) => {
    const [first = '', ...pipes] = inner.split('|').map((each) => each.trim());
    const [called = '', ...args] = words(first);
    if (first === '.value') return pipes.reduce((value, pipe) => applied(value, pipe), name);
    if (args.at(-1) === '.value')
      return pipes.reduce(
        (value, pipe) => applied(value, pipe),
        applied(name, [called, ...args.slice(0, -1)].join(' ')),
      );
    unclear = action;
    return '';
  });
  return unclear === undefined
    ? { name: made }
    : { unclear: `the transform ${unclear} of a rewrite cannot be followed here` };

  function applied(value: string, call: string): string {
    const [called = '', ...args] = words(call);
    const known = Object.hasOwn(FUNCTIONS, called) ? FUNCTIONS[called] : undefined;
    if (known === undefined || args.some((each) => !/^".*"$/.test(each))) {
      unclear ??= call;
      return value;
    }
    return known(value, ...args.map((each) => each.slice(1, -1)));
  }
}

function words(call: string): readonly string[] {
  return call.match(/"[^"]*"|\S+/g) ?? [];
}
