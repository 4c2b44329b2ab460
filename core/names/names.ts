import { RegistrarError, type SystemName } from '../base/errors.ts';
import type { Installation } from '../installation/installation.ts';
import type { Registration } from '../registration/registration.ts';
import { vaultOf } from '../vault/vaults.ts';
import type { PlaceOfClient } from '../vault/vaultWords.ts';
import { askedClientId, type ClientIdNames } from './clientId.ts';
import type { DeliveredNames, Kept } from './delivered.ts';
import { ITEM_TITLE, SECRET_KEY, SECTION_KEY, VARIABLE } from '../registration/schemaParts.ts';

/** A section of the blueprints' ConfigMap, which is a blueprint of Authentik by itself. */
export interface SectionNames {
  /** Key of the blueprints ConfigMap, as `zot.yaml`. */
  readonly blueprintKey: string;
  /** `metadata.name` of the blueprint. Unique in Authentik. */
  readonly blueprintName: string;
  /** Path of the blueprint instance, as `custom/zot.yaml`. */
  readonly blueprintPath: string;
  /** It is people's, for clients to join (`authentik.blueprints.section`): never one client's alone, whatever else stands there. */
  readonly joined?: true;
}

/** A section that holds entries of a client beside the one with its application. */
export interface FurtherSection extends SectionNames {
  /** Keys of the client's entries that stand there, in the words of `core/edits/blueprint/models.ts`. */
  readonly entries: readonly string[];
  /** It makes the provider, which the application names: Authentik must apply it first. */
  readonly first?: true;
}

/** Every name that the job writes or looks for, derived once from registration and installation. */
export interface Names extends PlaceOfClient, SectionNames, ClientIdNames, DeliveredNames {
  readonly slug: string;
  readonly providerName: string;
  /** Sections beside that of the application, where people have put some of its entries; see {@link FurtherSection}. */
  readonly further?: readonly FurtherSection[];
  readonly issuer: string;
}

/** `naming.clientIdField` where it is absent. */
export const DEFAULT_ID_FIELD = '{name}-client-id';

/** A pattern of `naming` with a client's values in it. They are put in as they are, whatever signs they hold. */
export function fillPattern(pattern: string, name: string, displayName: string): string {
  const values: Readonly<Record<string, string>> = {
    '{name}': name,
    '{NAME}': name.toUpperCase().replaceAll('-', '_'),
    '{displayName}': displayName,
  };
  return pattern.replaceAll(/\{(?:name|NAME|displayName)\}/g, (variable) => values[variable] ?? variable);
}

/** The client that a pattern of `naming` gives this vault field to; undefined where it does not tell. */
export function clientOfField(pattern: string, vaultField: string): string | undefined {
  const [before, after, ...more] = pattern.split('{name}');
  if (before === undefined || after === undefined || more.length > 0 || /[{}]/.test(before + after)) return undefined;
  const name = vaultField.slice(before.length, vaultField.length - after.length);
  return name !== '' && `${before}${name}${after}` === vaultField ? name : undefined;
}

/** Derives the names of one client. Throws one `BadInput` that names every pattern which gives a name that cannot be used. */
export function resolveNames(registration: Registration, installation: Installation): Names {
  const { metadata, spec } = registration;
  const keptId = keptIdOf(registration, installation);
  const fill = (pattern: string): string => fillPattern(pattern, metadata.name, spec.displayName);
  const slug = spec.slug ?? metadata.name;
  const vaultField = spec.vaultField ?? fill(installation.naming.vaultField);
  const secretKey =
    spec.secretKey ?? (installation.naming.secretKey === undefined ? vaultField : fill(installation.naming.secretKey));
  const blueprintKey = fill(installation.naming.blueprintKey);
  const names = {
    slug,
    ...askedClientId(spec.clientId, metadata.name, keptId !== undefined),
    providerName: spec.providerName ?? spec.displayName,
    vaultField,
    envVar: spec.envVar ?? fill(installation.naming.envVar),
    blueprintKey,
    blueprintName: fill(installation.naming.blueprintName),
    blueprintPath: `${installation.authentik.blueprints.mountedAs}/${blueprintKey}`,
    secretKey,
    issuer: issuerOf(registration, installation, slug),
    ...fileOf(installation, secretKey),
    ...(keptId === undefined ? {} : { keptId }),
    ...(spec.clientType === 'public' ? { public: true as const } : {}),
  };
  assertUsable(names);
  return { ...names, ...placeOf(registration, installation) };
}

/** What Authentik calls itself in the client's tokens (`OAuth2Provider.get_issuer`). */
function issuerOf({ spec }: Registration, { authentik }: Installation, slug: string): string {
  const base = authentik.url.replace(/\/$/, '');
  return spec.provider?.issuerMode === 'global' ? `${base}/` : `${base}/application/o/${slug}/`;
}

/**
 * How the client id is kept in the vault; undefined where it is not. `naming.clientIdEnvVar` alone says that: under a name of its own
 * choice a registration would set, or show, whatever variable of Authentik's worker it likes.
 */
function keptIdOf({ metadata, spec }: Registration, installation: Installation): Kept | undefined {
  if (typeof spec.clientId !== 'object' || spec.clientType === 'public') return undefined;
  const kept = keptAs(installation, metadata.name, spec.displayName);
  return spec.clientId.envVar === kept?.envVar ? kept : undefined;
}

/** The names of a client id that is kept; undefined where `naming.clientIdEnvVar` has none kept. */
export function keptAs(installation: Installation, name: string, displayName: string): Kept | undefined {
  const { clientIdEnvVar, clientIdField = DEFAULT_ID_FIELD, clientIdSecretKey } = installation.naming;
  if (clientIdEnvVar === undefined) return undefined;
  const fill = (pattern: string): string => fillPattern(pattern, name, displayName);
  const vaultField = fill(clientIdField);
  const secretKey = clientIdSecretKey === undefined ? vaultField : fill(clientIdSecretKey);
  return { vaultField, secretKey, envVar: fill(clientIdEnvVar), ...fileOf(installation, secretKey) };
}

function fileOf({ authentik }: Installation, secretKey: string): Pick<Kept, 'secretFile'> {
  return authentik.delivery === 'file' ? { secretFile: `${authentik.secretFolder ?? ''}/${secretKey}` } : {};
}

/** The place that a client has for itself: by its registration, or by the pattern of the vault. */
function placeOf({ metadata, spec }: Registration, installation: Installation): PlaceOfClient {
  const { own, system } = vaultOf(installation, {});
  const { name } = metadata;
  if (spec.vaultItem !== undefined && own === undefined)
    throw broken('registration file', `spec.vaultItem is set, and a ${system} has no items`, 'Take it out.');
  const pattern = own?.pattern;
  const title = spec.vaultItem ?? (pattern === undefined ? undefined : fillPattern(pattern, name, spec.displayName));
  if (title === undefined) return {};
  if (ITEM_TITLE.test(title)) return { vaultItem: { title, client: name } };
  throw broken(
    'registrar.yaml',
    `vault.item: gives "${title}", which references do not take: letters, digits, blanks, ".", "_" and "-"`,
    'Change the pattern, or name an item in spec.vaultItem.',
  );
}

function broken(system: SystemName, message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system, kind: 'BadInput', message, remedy });
}

const KEY_OF_SECRET = 'a key of a Kubernetes Secret: letters, digits, ".", "_" and "-"';

const USABLE = [
  ['envVar', 'naming.envVar', VARIABLE, 'the name of an environment variable'],
  ['vaultField', 'naming.vaultField', SECRET_KEY, KEY_OF_SECRET],
  ['secretKey', 'naming.secretKey', SECRET_KEY, KEY_OF_SECRET],
  [
    'blueprintKey',
    'naming.blueprintKey',
    SECTION_KEY,
    'a key of a ConfigMap that ends with ".yaml", for Authentik reads no other',
  ],
] as const;

const USABLE_ID = [
  ['vaultField', 'naming.clientIdField', SECRET_KEY, KEY_OF_SECRET],
  ['secretKey', 'naming.clientIdSecretKey', SECRET_KEY, KEY_OF_SECRET],
] as const;

/** The cluster, a vault's references and Authentik take fewer characters than a pattern with a display name may give. */
function assertUsable(names: Names): void {
  const problems = USABLE.flatMap(([field, pattern, allowed, what]) =>
    allowed.test(names[field]) || (field === 'secretKey' && names.secretKey === names.vaultField)
      ? []
      : [`${pattern}: gives "${names[field]}", which is not ${what}`],
  );
  problems.push(...brokenId(names));
  if (problems.length === 0) return;
  throw new RegistrarError({
    system: 'registrar.yaml',
    kind: 'BadInput',
    message: problems.join('; '),
    remedy:
      'Call the client otherwise (metadata.name; spec.slug and spec.clientId may stay), or change the patterns under naming; {name} and {NAME} are always usable.',
  });
}

/** What is wrong with the names of a kept client id: each is one more beside that of the secret. */
function brokenId({ keptId, ...names }: Names): readonly string[] {
  if (keptId === undefined) return [];
  return [
    ...USABLE_ID.flatMap(([field, pattern, allowed, what]) =>
      allowed.test(keptId[field]) || (field === 'secretKey' && keptId.secretKey === keptId.vaultField)
        ? []
        : [`${pattern}: gives "${keptId[field]}", which is not ${what}`],
    ),
    ...(
      [
        ['vaultField', 'naming.clientIdField'],
        ['secretKey', 'naming.clientIdSecretKey'],
        ['envVar', 'naming.clientIdEnvVar'],
      ] as const
    ).flatMap(([field, pattern]) =>
      keptId[field] === names[field] ? [`${pattern}: gives "${keptId[field]}", which the client secret has`] : [],
    ),
  ];
}
