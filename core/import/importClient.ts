import { stringify } from 'yaml';
import { renderBlueprint } from '../authentik/renderBlueprint.ts';
import { readSection, type Section } from '../edits/blueprint/blueprintSection.ts';
import { APPLICATION, BINDING, GROUP, PROVIDER } from '../edits/blueprint/models.ts';
import { differingFields, isSurplus } from '../edits/blueprint/sameSection.ts';
import { identityOf } from '../edits/blueprint/sectionFacts.ts';
import { CannotEdit, undefinedIfUneditable } from '../edits/yaml/yamlDocument.ts';
import { RegistrarError } from '../base/errors.ts';
import { importedConsumers } from '../consumers/consumersOf.ts';
import type { ImportedFiles } from '../consumers/kind.ts';
import { readResource } from '../kubernetes/manifests.ts';
import { checkRegistration } from '../installation/readFiles.ts';
import type { RegistrationInput } from '../registration/registration.ts';
import { fillPattern, resolveNames } from '../names/names.ts';
import { vaultOf } from '../vault/vaults.ts';

export type ImportInput = ImportedFiles;

export interface Imported {
  readonly registration: RegistrationInput;
  /** The registration file, with what could not be read as comments. */
  readonly text: string;
  /** What could not be read, or will be changed by a run. */
  readonly notes: readonly string[];
}

/** Writes the registration of a client that was made by hand, from the files alone. Pure. Throws `NotFound` where there is no such client. */
export function importClient(input: ImportInput): Imported {
  const { key, section } = sectionOf(input);
  const notes: string[] = [];
  const spec = specOf(input, section, notes);
  const vaultField = vaultFieldOf(input, section, notes);
  const byPattern = fillPattern(input.installation.naming.vaultField, input.client, spec.displayName);
  const { clientId = input.client, slug = input.client } = spec;
  const consumers =
    vaultField === undefined
      ? []
      : importedConsumers(input, { vaultField, clientId, slug, displayName: spec.displayName }, notes);
  if (consumers.length === 0)
    notes.push('no consumer was found: name under spec.consumers where the secret must arrive, if anywhere');
  const registration: RegistrationInput = {
    apiVersion: 'oidc-registrar/v1',
    kind: 'OidcClient',
    metadata: { name: input.client },
    spec: {
      ...spec,
      ...(vaultField === undefined || vaultField === byPattern ? {} : { vaultField }),
      ...(consumers.length === 0 ? {} : { consumers: [...consumers] }),
    },
  };
  notes.push(...changesOf(input, registration, section, key));
  const comments = notes.map((note) => `# ${note.replaceAll(/\s+/g, ' ')}\n`).join('');
  return { registration, text: `${comments}${stringify(registration, { lineWidth: 0 })}`, notes };
}

function sectionOf({ client, installation, read }: ImportInput): { readonly key: string; readonly section: Section } {
  const { file, configMap } = installation.authentik.blueprints;
  const manifest = read(file);
  const object = manifest === undefined ? undefined : readResource(manifest, 'ConfigMap', configMap);
  const data = Object.entries((object?.['data'] ?? {}) as Record<string, string>);
  const sections = data.flatMap(([key, text]) => {
    const section = undefinedIfUneditable(() => readSection(text));
    const identity = section === undefined ? undefined : identityOf(section);
    return section === undefined || identity === undefined ? [] : [{ key, section, identity }];
  });
  const found =
    sections.find(({ identity }) => identity.slug === client) ??
    sections.find(({ key }) => key.replace(/\.yaml$/, '') === client) ??
    sections.find(({ identity }) => identity.clientId === client);
  if (found !== undefined) return found;
  const known = sections.map(({ identity }) => String(identity.slug)).join(', ');
  throw new RegistrarError({
    system: 'Git',
    kind: 'NotFound',
    message: `${file} holds no blueprint of a client "${client}" (known: ${known || 'none'})`,
    remedy: 'Name the client by its slug, or correct authentik.blueprints in registrar.yaml.',
  });
}

type Spec = RegistrationInput['spec'];
type Values = Readonly<Record<string, unknown>>;

function specOf({ client }: ImportInput, section: Section, notes: string[]): Spec {
  const valuesOf = (model: string): Values => section.entries.find((entry) => entry.model === model)?.values ?? {};
  const [provider, application] = [valuesOf(PROVIDER), valuesOf(APPLICATION)];
  const displayName = String(provider['name']);
  if (application['name'] !== displayName)
    notes.push(
      `the application is named "${String(application['name'])}", the provider "${displayName}": a run names both like the provider`,
    );
  const scopes = listOf(provider['property_mappings']).flatMap((item) => {
    const scope = foundBy(item, 'scope_name');
    if (scope === undefined) notes.push(`a property mapping could not be read: ${JSON.stringify(item)}`);
    return scope === undefined ? [] : [scope];
  });
  const launchUrl = application['meta_launch_url'];
  const { description } = section;
  return {
    displayName,
    ...(description === undefined || description === `${displayName} OIDC provider and application`
      ? {}
      : { description }),
    ...(application['slug'] === client ? {} : { slug: String(application['slug']) }),
    ...(provider['client_id'] === client ? {} : { clientId: String(provider['client_id']) }),
    redirectUris: listOf(provider['redirect_uris']).map((item) => redirectUri(item as Values)),
    ...(typeof launchUrl === 'string' && launchUrl !== '' ? { launchUrl } : {}),
    ...(sameSet(scopes, ['openid', 'email', 'profile']) ? {} : { scopes }),
    access: accessOf(section, notes),
    ...groupsOf(section),
  };
}

function redirectUri({ matching_mode: mode, url }: Values) {
  return mode === 'regex' ? { matchingMode: 'regex' as const, url: String(url) } : String(url);
}

function accessOf({ entries }: Section, notes: string[]): Spec['access'] {
  const bindings = entries
    .filter((entry) => entry.model === BINDING && entry.key !== undefined)
    .toSorted((a, b) => Number(a.values['order']) - Number(b.values['order']));
  const groups = bindings.flatMap(({ values }) => {
    const name = (values['group'] as Values | undefined)?.['name'];
    if (typeof name === 'string') return [name];
    notes.push(`the binding of order ${String(values['order'])} is to no group, which a registration cannot say`);
    return [];
  });
  if (groups.length > 0) return { groups };
  if (bindings.length > 0) {
    notes.push(
      'its blueprint binds no group: name under spec.access who may sign in, for a run takes these bindings out',
    );
    return { groups: [] };
  }
  notes.push('its blueprint binds no group, so everyone may sign in: is that meant?');
  return { everyone: true };
}

function groupsOf({ entries }: Section): Pick<Spec, 'groups'> {
  const groups = entries.filter((entry) => entry.model === GROUP).map((entry) => String(entry.values['name']));
  const users = entries.filter((entry) => entry.model === 'authentik_core.user');
  const all = groups.map((name) => {
    const members = users.filter((entry) =>
      listOf(entry.values['groups']).some((item) => (item as Values)['name'] === name),
    );
    return {
      name,
      serviceAccounts: members.map(({ values }) => ({
        username: String(values['username']),
        ...(values['name'] === undefined || values['name'] === values['username']
          ? {}
          : { name: String(values['name']) }),
      })),
    };
  });
  return all.length === 0 ? {} : { groups: all };
}

/** From the blueprint's variable or file over Deployment and ExternalSecret to the vault's field. */
function vaultFieldOf(input: ImportInput, section: Section, notes: string[]): string | undefined {
  const { externalSecret } = input.installation.authentik;
  const provider = section.entries.find((entry) => entry.model === PROVIDER);
  const key = secretKeyOf(input, provider?.values['client_secret'], notes);
  if (key === undefined) return undefined;
  const source = resource(input.read(externalSecret.file), 'ExternalSecret', externalSecret.name) as {
    spec?: { data?: readonly { secretKey?: string; remoteRef?: unknown }[] };
  };
  const remoteRef = source.spec?.data?.find((each) => each.secretKey === key)?.remoteRef;
  const field = vaultOf(input.installation).fieldOf(remoteRef);
  if (field === undefined) {
    notes.push(`ExternalSecret ${externalSecret.name} has no key ${key}: the vault field could not be read`);
    return undefined;
  }
  if (field !== key)
    notes.push(`the Secret's key is ${key}, the vault's field ${field}: a run adds a key of the field's name`);
  return field;
}

/** The key of the Secret that a provider's secret comes from. */
function secretKeyOf({ installation, read }: ImportInput, secret: unknown, notes: string[]): string | undefined {
  const { deployment } = installation.authentik;
  const { env, tag, argument } = (secret ?? {}) as {
    env?: readonly unknown[];
    tag?: string;
    argument?: readonly unknown[];
  };
  if (tag === '!File') return String(argument?.[0]).split('/').at(-1);
  if (env === undefined) {
    notes.push('the client secret is neither "!Env" nor "!File": put it into the vault, and never leave it in Git');
    return undefined;
  }
  const name = String(env[0]);
  const worker = resource(read(deployment.file), 'Deployment', deployment.name) as {
    spec?: { template?: { spec?: { containers?: readonly Container[] } } };
  };
  const entry = worker.spec?.template?.spec?.containers
    ?.find((container) => container.name === deployment.container)
    ?.env?.find((each) => each.name === name);
  const key = entry?.valueFrom?.secretKeyRef?.key;
  if (key === undefined)
    notes.push(
      `Deployment ${deployment.name} has no variable ${name} from a Secret: the vault field could not be read`,
    );
  return key;
}

interface Container {
  readonly name?: string;
  readonly env?: readonly { name?: string; valueFrom?: { secretKeyRef?: { key?: string } } }[];
}

function resource(text: string | undefined, kind: string, name: string): unknown {
  return (text === undefined ? undefined : readResource(text, kind, name)) ?? {};
}

/** What a run of the imported registration would change of the section. */
function changesOf(input: ImportInput, asked: RegistrationInput, there: Section, key: string): readonly string[] {
  const { installation } = input;
  try {
    const registration = checkRegistration(asked, 'what was imported');
    const names = resolveNames(registration, installation);
    const { text } = renderBlueprint({ registration, installation, names, authentikVersion: '2026.5.0' });
    const wanted = readSection(text);
    const changes = wanted.entries.flatMap((entry) => {
      const found = there.entries.find((each) => each.key === entry.key);
      return found === undefined
        ? []
        : differingFields(found, entry).map((field) => `${shortOf(entry.model)}.${field}`);
    });
    const surplus = there.entries.filter((entry) => isSurplus(entry, wanted)).map((entry) => shortOf(entry.model));
    return [
      ...(names.blueprintKey === key
        ? []
        : [`its section is ${key}, but naming.blueprintKey makes ${names.blueprintKey}: rename it first`]),
      ...(changes.length === 0 ? [] : [`a run would change ${changes.join(', ')} in its blueprint`]),
      ...(surplus.length === 0 ? [] : [`a run would take entries out of its blueprint: ${surplus.join(', ')}`]),
    ];
  } catch (error) {
    if (error instanceof RegistrarError || error instanceof CannotEdit)
      return [`not yet usable: ${error.message.replaceAll('\n', ' ')}`];
    throw error;
  }
}

function shortOf(model: string): string {
  return model.split('.').at(-1) ?? model;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The one value that a `!Find` looks a field up by. */
function foundBy(item: unknown, field: string): string | undefined {
  const { where } = (item ?? {}) as { where?: readonly unknown[] };
  const [only] = listOf(where);
  const [name, value] = listOf(only);
  return name === field && typeof value === 'string' && where?.length === 1 ? value : undefined;
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((item) => other.includes(item));
}
