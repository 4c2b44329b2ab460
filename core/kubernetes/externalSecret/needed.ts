import type { Fields } from '../../edits/yaml/entryLines.ts';
import { own } from '../../base/own.ts';
import type { VaultWords } from '../../vault/vaultWords.ts';
import { arrivalsOf, type KeySource, sourceOfKey } from './arrivals.ts';
import { type SecretTemplate, specOf } from './spec.ts';
import { readTemplate, templateFor } from './templateText.ts';

/** Which key of the Secret is to hold which field. */
export interface WantedKey {
  readonly secretKey: string;
  /** Label of the vault's field. */
  readonly field: string;
  readonly vault: Pick<VaultWords, 'remoteRef' | 'isRefTo' | 'isAllOf' | 'fieldOf'>;
}

/** What an ExternalSecret lacks for a field to arrive at a key. */
export type Needed =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'lacks'; readonly entry?: Fields; readonly line?: NewLine }
  /** The key holds something else; both texts are shown to the person. */
  | { readonly kind: 'different'; readonly found: string; readonly wanted: string }
  /** Nobody can tell; `entry` and `line` bring it all the same. */
  | { readonly kind: 'unclear'; readonly why: string; readonly entry?: Fields; readonly line?: NewLine };

/** A line of `spec.target.template.data`. */
export interface NewLine {
  readonly key: string;
  readonly text: string;
}

/**
 * What is to be added to this `spec`: an entry where nothing fetches the field yet, under the name of the key, and a line where a
 * template says alone which keys there are.
 */
export function neededFor(spec: unknown, wanted: WantedKey): Needed {
  const { secretKey, field, vault } = wanted;
  const { keys, fetched, unclear } = arrivalsOf(spec, vault, field);
  if (keys.some((each) => each.secretKey === secretKey)) return { kind: 'nothing' };
  const { template } = specOf(spec);
  const present = own(template?.data, secretKey);
  if (present !== undefined) return forLine(spec, wanted, present, template?.engine ?? 'v2');
  const source = fetched.at(-1)?.fetchedAs;
  const replaces = template !== undefined && !template.passesAll;
  const lacks = {
    ...(source === undefined || !replaces ? { entry: entryFor(wanted, secretKey) } : {}),
    ...(replaces ? { line: lineFor(template, secretKey, source ?? secretKey) } : {}),
  };
  if (unclear.length > 0)
    return { kind: 'unclear', why: `nobody can tell how the field arrives: ${unclear.join('; ')}`, ...lacks };
  if (replaces && Object.keys(template.data).length === 0) return { kind: 'unclear', why: TEMPLATE_FROM, ...lacks };
  return { kind: 'lacks', ...lacks };
}

const TEMPLATE_FROM =
  'the keys of its Secret come from spec.target.template.templateFrom, and nobody can tell from the file which these are';

/** The key's line is there and does not bring the field: an entry may be all that it lacks. */
function forLine(spec: unknown, wanted: WantedKey, line: string, engine: 'v1' | 'v2'): Needed {
  const { verbatim } = readTemplate(line, engine);
  const source = sourceOfKey(spec, wanted.vault, wanted.secretKey);
  if (verbatim !== undefined && source?.is === 'nothing') return { kind: 'lacks', entry: entryFor(wanted, verbatim) };
  const { secretKey, vault, field } = wanted;
  const ours = templateFor(arrivalsOf(spec, vault, field).fetched.at(-1)?.fetchedAs ?? secretKey, engine);
  const whence = withoutTexts(line) === ours ? whenceOf(source) : '';
  return {
    kind: 'different',
    found: `spec.target.template.data, ${secretKey}: ${withoutTexts(line)}${whence}`,
    wanted: `spec.target.template.data, ${secretKey}: ${ours}${whence === '' ? '' : `, of field "${field}" of the item`}`,
  };
}

/** Where a line has its value from: the line itself may be as wanted. */
function whenceOf(source: KeySource | undefined): string {
  if (source?.is === 'field') return `, of field "${source.field}" of the item`;
  return source === undefined ? '' : `, which ${source.why}`;
}

/** An entry that fetches the field under this name. */
export function entryFor({ field, vault }: WantedKey, secretKey: string): Fields {
  return { secretKey, remoteRef: { ...vault.remoteRef(field) } };
}

function lineFor({ data, engine }: SecretTemplate, key: string, name: string): NewLine {
  const like = Object.values(data).findLast((text) => readTemplate(text, engine).verbatim !== undefined);
  return { key, text: templateFor(name, engine, like) };
}

/** A text of a template as a person may see it: beside its braces, or as a text in them, it may hold a secret in clear. */
function withoutTexts(text: string): string {
  const line = text.replaceAll(/(index [.$] )?("[^"\n]*"|`[^`]*`)/g, (all: string, key?: string) =>
    key === undefined ? '…' : all,
  );
  const shown = line.match(/\{\{.*?\}\}/gs) ?? [];
  return shown.length === 1 && shown[0] === line.trim() ? line.trim() : [...shown, '…'].join(' ');
}
