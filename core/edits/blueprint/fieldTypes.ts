import { instantOf } from '../../authentik/endOfAccess.ts';
import { FURTHER_FIELDS } from '../../registration/furtherFields.ts';
import { POLICY } from './models.ts';

const further = (is: 'text' | 'flag'): readonly string[] =>
  FURTHER_FIELDS.flatMap((row) => (row.is === is ? [row.attribute] : []));

/**
 * Fields by what Authentik's serializers make of other types: numbers of texts and texts of numbers, and words for true and
 * false (Django REST framework: IntegerField, CharField, BooleanField).
 */
const NUMBERS = new Set(['order', 'timeout']);
const TEXTS = new Set(['name', 'slug', 'username', 'client_id', 'meta_launch_url', ...further('text')]);
const BOOLEANS = new Set([
  'enabled',
  'expiring',
  'negate',
  'failure_result',
  'is_superuser',
  'is_active',
  ...further('flag'),
]);
const TRUE = /^(?:t|y|yes|true|on|1)$/i;
const FALSE = /^(?:f|n|no|false|off|0)$/i;

/** A value as Authentik takes it for a field, whatever type it is written as. */
export function asField(field: string, value: unknown): unknown {
  if (NUMBERS.has(field) && typeof value === 'string' && /^-?\d+$/.test(value)) return Number(value);
  if (field === 'expires' && typeof value === 'string' && !Number.isNaN(Date.parse(value))) return instantOf(value);
  if (field === 'policy') return asPolicy(value);
  if (TEXTS.has(field) && typeof value === 'number') return String(value);
  if (!BOOLEANS.has(field) || (typeof value !== 'string' && typeof value !== 'number')) return value;
  const word = String(value);
  if (TRUE.test(word)) return true;
  return FALSE.test(word) ? false : value;
}

/** A policy that is found by its name is the same one, by whichever of its models. */
function asPolicy(value: unknown): unknown {
  const { find } = (value ?? {}) as { readonly find?: unknown };
  return typeof find === 'string' && find.startsWith('authentik_policies_')
    ? { ...(value as object), find: POLICY }
    : value;
}
