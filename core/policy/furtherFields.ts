import { API_ACCESS, isBuiltIn } from '../edits/blueprint/scopeMappings.ts';
import { own } from '../base/own.ts';
import type { Installation } from '../installation/installation.ts';
import type { Policy } from '../installation/policy.ts';
import { askedOf, FURTHER_FIELDS, type FieldValue, type PlacedField } from '../registration/furtherFields.ts';
import type { Registration } from '../registration/registration.ts';
import { type Breach, listBreach, nested } from './breach.ts';
import { barred } from './hosts.ts';
import { matchesAny } from './pattern.ts';

/** A row as standing things are told by, such as `provider.subMode`. */
export function placeOf({ block, name }: Pick<PlacedField, 'block' | 'name'>): string {
  return `${block}.${name}`;
}

/** Rows that a registration asks for and that stand, by {@link placeOf}. `held` is what the client's sections say. */
export function standingFields(
  { spec }: Registration,
  asAsked: boolean,
  held: Readonly<Record<string, FieldValue | undefined>> = {},
): readonly string[] {
  return FURTHER_FIELDS.filter((row) => {
    const asked = askedOf(spec, row);
    return asked !== undefined && (asAsked || held[placeOf(row)] === asked);
  }).map(placeOf);
}

/** Flows and keys that a registration takes away and its sections name, by {@link placeOf}. */
export function takenAway(
  { spec }: Registration,
  held: Readonly<Record<string, FieldValue | undefined>> = {},
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    FURTHER_FIELDS.flatMap((row) => {
      const value = own(held, placeOf(row));
      const isReference = row.is === 'flow' || row.is === 'certificate';
      return isReference && askedOf(spec, row) === null && typeof value === 'string' ? [[placeOf(row), value]] : [];
    }),
  );
}

interface JudgedMapping {
  readonly field: string;
  /** By what the policy allows it: its name, or its scope where only that is known. */
  readonly name: string;
  /** By what it is known to stand. */
  readonly key: string;
}

/**
 * How a mapping that a provider finds by its scope is judged; undefined for those of Authentik itself, but for the one that opens its
 * API. Of any other only Authentik knows the name, and an offline plan is to say the same, so it goes by its scope.
 */
export function judgedScope(scope: string): Pick<JudgedMapping, 'name' | 'key'> | undefined {
  if (scope === API_ACCESS.scope) return { name: API_ACCESS.name, key: API_ACCESS.name };
  return isBuiltIn(scope) ? undefined : { name: scope, key: `scope "${scope}"` };
}

/** Scope mappings that are judged, with their fields: all by name, and of those by scope all that Authentik does not make of itself. */
export function judgedMappings({ spec }: Registration): readonly JudgedMapping[] {
  return [
    ...(spec.provider?.scopeMappings ?? []).map((name, i) => ({
      field: `spec.provider.scopeMappings.${i}`,
      name,
      key: name,
    })),
    ...spec.scopes.flatMap((scope, i) => {
      const judgedAs = judgedScope(scope);
      return judgedAs === undefined ? [] : [{ field: `spec.scopes.${i}`, ...judgedAs }];
    }),
  ];
}

/** Scope mappings that the policy does not allow, but for what stands. */
export function mappingBreaches(
  registration: Registration,
  { provider: { scopeMappings } }: Policy,
  standing: readonly string[] = [],
): readonly Breach[] {
  return judgedMappings(registration).flatMap(({ field, name, key }) => {
    const what = key === name ? `scope mapping "${name}"` : `the scope mapping of ${key}`;
    return standing.includes(key) || matchesAny(scopeMappings, name)
      ? []
      : [listBreach(field, what, 'provider.scopeMappings', name)];
  });
}

/** Grant types that the policy does not allow, but for what stands. */
export function grantBreaches(
  { spec }: Registration,
  { provider: { grantTypes } }: Policy,
  standing: readonly string[] = [],
): readonly Breach[] {
  return (spec.provider?.grantTypes ?? []).flatMap((grant, i) =>
    standing.includes(grant) || grantTypes.includes(grant)
      ? []
      : [
          listBreach(
            `spec.provider.grantTypes.${i}`,
            `grant type "${grant}"`,
            'provider.grantTypes',
            grant,
            grantTypes,
          ),
        ],
  );
}

/** What of `spec.provider` and `spec.launcher` the policy does not allow, but for what stands. */
export function furtherBreaches(
  { spec }: Registration,
  { policy, provider }: Pick<Installation, 'policy' | 'provider'>,
  standing: readonly string[] = [],
  taken: Readonly<Record<string, string>> = {},
): readonly Breach[] {
  return FURTHER_FIELDS.filter((row) => !standing.includes(placeOf(row))).flatMap((row) => {
    const asked = askedOf(spec, row);
    if (!('key' in row.judged)) return [];
    const gone = own(taken, placeOf(row));
    if (asked === null && gone !== undefined)
      return matchesAny(policy.provider[row.is === 'flow' ? 'flows' : 'keys'], gone) ? [] : [removalBreach(row, gone)];
    // To take a text away, or a reference that nothing names, asks for no more than a client has that never named it.
    if (typeof asked !== 'string') return [];
    const isOfAll = row.ofAll && provider[row.name as keyof typeof provider] === asked;
    return isOfAll ? [] : judged(row, row.judged.key, asked, policy.provider);
  });
}

/** Who may not choose a flow or a key may not take it away either: somebody else has chosen it for this client. */
function removalBreach(row: PlacedField, gone: string): Breach {
  const setting = row.is === 'flow' ? 'provider.flows' : 'provider.keys';
  return listBreach(`spec.${placeOf(row)}`, `to take ${row.is} "${gone}" away`, setting, gone);
}

type ProviderPolicy = Installation['policy']['provider'];
type Key = Exclude<keyof ProviderPolicy, 'scopeMappings' | 'grantTypes'>;

function judged(row: PlacedField, key: Key, asked: string, policy: ProviderPolicy): readonly Breach[] {
  const field = `spec.${placeOf(row)}`;
  const setting = `provider.${key}`;
  switch (key) {
    case 'flows':
    case 'keys':
      return matchesAny(policy[key], asked) ? [] : [listBreach(field, `${row.is} "${asked}"`, setting, asked)];
    case 'subModes':
    case 'issuerModes':
      return policy[key].some((each) => each === asked)
        ? []
        : [listBreach(field, `"${asked}"`, setting, asked, policy[key])];
    case 'logoutHosts':
      return hostBreaches(field, asked, policy);
    default:
      if (secondsOf(asked) <= secondsOf(policy[key])) return [];
      return [
        {
          field,
          message: `${asked} is longer than ${policy[key]}, the longest that policy.${setting} allows`,
          allow: nested(setting, asked),
        },
      ];
  }
}

/** Authentik itself calls this address, from where it runs: clouds answer there with credentials of the machine. */
function hostBreaches(field: string, url: string, { logoutHosts }: ProviderPolicy): readonly Breach[] {
  const { hostname } = new URL(url);
  const found = barred(hostname, { loopback: false, private: true });
  if (found !== undefined)
    return [{ field, message: `"${url}" leads to ${found.why}, which Authentik is not made to call` }];
  return matchesAny(logoutHosts, hostname)
    ? []
    : [listBreach(field, `host "${hostname}"`, 'provider.logoutHosts', hostname)];
}

const SECONDS: Readonly<Record<string, number>> = {
  weeks: 604_800,
  days: 86_400,
  hours: 3_600,
  minutes: 60,
  seconds: 1,
};

function secondsOf(validity: string): number {
  return validity
    .split(';')
    .map((part) => part.split('='))
    .reduce((sum, [unit = '', count]) => sum + Number(count) * (SECONDS[unit] ?? 0), 0);
}
