import { driftPaths } from './jsonDrift.ts';
import { sameDuration } from './kubernetesValues.ts';

/** What the API server fills in where a spec leaves it out (the definition's defaults). */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  conversionStrategy: 'Default',
  creationPolicy: 'Owner',
  decodingStrategy: 'None',
  metadataPolicy: 'None',
  nullBytePolicy: 'Ignore',
  deletionPolicy: 'Retain',
  engineVersion: 'v2',
  mergePolicy: 'Replace',
  refreshPolicy: 'Periodic',
};
/** Default of `refreshInterval`, which is no text to compare: people write an interval in many ways. */
const DEFAULT_INTERVAL = '1h';

/** Whether the specs of two ExternalSecrets mean the same, whichever of them writes defaults out. */
export function sameExternalSecret(one: unknown, other: unknown): boolean {
  return externalSecretDrift(one, other).length === 0 && externalSecretDrift(other, one).length === 0;
}

/** JSON pointers below `/spec` at which a spec says otherwise than another one; defaults and durations aside. */
export function externalSecretDrift(wanted: unknown, found: unknown): readonly string[] {
  return driftPaths(withoutDefaults(wanted), withoutDefaults(found), '/spec');
}

/** A spec, or a part of one, without the defaults that it writes out. */
export function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, entry]) => !isDefault(key, entry))
      .map(([key, entry]) => [key, withoutDefaults(entry)]),
  );
}

function isDefault(key: string, entry: unknown): boolean {
  return key === 'refreshInterval' ? sameDuration(String(entry), DEFAULT_INTERVAL) : DEFAULTS[key] === entry;
}
