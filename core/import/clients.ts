import { clientsIn } from '../edits/blueprint/clientsIn.ts';
import { blueprintsRemedy, sectionsOf, untoldSections } from '../edits/blueprint/sectionSources.ts';
import { fileIn } from '../edits/blueprint/sectionValues.ts';
import { RegistrarError } from '../base/errors.ts';
import { keptAs } from '../names/names.ts';
import type { ImportedFiles } from '../consumers/kind.ts';

type Repository = Pick<ImportedFiles, 'installation' | 'read'>;

/** A client that stands in the repository, whoever wrote it. */
export interface StandingClient {
  /** By which people call it: its slug, or where nothing tells that, its provider's name. */
  readonly name: string;
  readonly slug: string | undefined;
  readonly providerName: string | undefined;
  /** Undefined where no text says it. */
  readonly clientId: string | undefined;
  /** Keys of the sections that hold its application, its provider and its bindings. */
  readonly sections: readonly string[];
  /** Why no registration can stand for it, as the rest of a sentence about it. */
  readonly refusal?: string;
  /** What a person does about that, where it is not to change the blueprint. */
  readonly remedy?: string;
}

export interface StandingClients {
  readonly sections: ReadonlyMap<string, string>;
  readonly clients: readonly StandingClient[];
  /** Sections of which nothing can be read, with the reason. */
  readonly unreadable: readonly { readonly key: string; readonly reason: string }[];
  /** What of registrar.yaml to correct, where the file shows why its sections are not found. */
  readonly remedy?: string | undefined;
}

/** Every client that the repository's blueprints make, over all sections. */
export function standingClients({ installation, read }: Repository): StandingClients {
  const sections = sectionsOf(installation, read);
  const untold = untoldSections(installation, read);
  const { clients, unreadable } = clientsIn(sections);
  const untoldOf = (...keys: readonly (string | undefined)[]): string | undefined =>
    keys.flatMap((key) => {
      const reason = key === undefined ? undefined : untold.get(key);
      return reason === undefined ? [] : [`section ${key}: ${reason}`];
    })[0];
  return {
    sections,
    unreadable,
    remedy: blueprintsRemedy(installation.authentik.blueprints, read(installation.authentik.blueprints.file)),
    clients: clients.map(
      ({ slug, providerName, clientId, sections: { provider, application, bindings }, ...found }) => {
        const untoldHere = untoldOf(provider, application, ...bindings);
        const refusal = found.refusal ?? untoldHere ?? unkeptFile(installation, clientId, slug, found.applicationName);
        return {
          name: slug ?? providerName ?? `of section ${provider ?? application}`,
          slug,
          providerName,
          clientId: typeof clientId === 'string' ? clientId : undefined,
          sections: [...new Set([application, provider, ...bindings])].filter((key) => key !== undefined),
          ...(refusal === undefined ? {} : { refusal }),
          ...(refusal === untoldHere && refusal?.includes('gitops.substitute') ? { remedy: UNTOLD } : {}),
        };
      },
    ),
  };
}

/** Why the file that a client id comes from is not the one in which the job would keep it, as the rest of a sentence about the client. */
function unkeptFile(
  installation: Repository['installation'],
  clientId: unknown,
  slug = '',
  name = slug,
): string | undefined {
  const file = fileIn(clientId);
  const kept = keptAs(installation, slug, name);
  if (file === undefined || kept?.secretFile === file) return undefined;
  const instead =
    kept === undefined
      ? 'naming.clientIdEnvVar of registrar.yaml has no ids kept'
      : `by naming of registrar.yaml it would be ${kept.secretFile ?? `variable ${kept.envVar}`}`;
  return `its client id comes from file ${file}, and ${instead}: correct that, or write the id out in the blueprint`;
}

/** What registrar.yaml lacks no change of the blueprint mends. */
const UNTOLD = 'Write that, then import again.';

/** The client that people mean by a slug, the key of a section or a client id. Throws `NotFound`, and `Refused` with the reason. */
export function clientMeant(
  { clients, unreadable, remedy }: StandingClients,
  { client, installation }: Pick<ImportedFiles, 'client' | 'installation'>,
): StandingClient {
  const found =
    clients.find(({ slug }) => slug === client) ??
    onlyOne(clients.filter(({ sections: [key] }) => key?.replace(/\.yaml$/, '') === client)) ??
    clients.find(({ clientId }) => clientId === client) ??
    clients.find(({ providerName }) => providerName === client);
  const { file } = installation.authentik.blueprints;
  if (found === undefined)
    throw new RegistrarError({
      system: 'Git',
      kind: 'NotFound',
      message: `${file} holds no blueprint of a client "${client}" (known: ${knownIn({ clients, unreadable })})`,
      remedy: remedy ?? 'Name the client by its slug, or correct authentik.blueprints in registrar.yaml.',
    });
  if (found.refusal === undefined) return found;
  throw new RegistrarError({
    system: 'Git',
    kind: 'Refused',
    message: `client "${found.name}" of ${file} cannot be registered as it stands: ${found.refusal}`,
    remedy: found.remedy ?? 'Change that in the blueprint, let Authentik apply it, then import again.',
  });
}

function onlyOne<T>(found: readonly T[]): T | undefined {
  return found.length === 1 ? found[0] : undefined;
}

/** Everything that was found, for people. */
function knownIn({ clients, unreadable }: Pick<StandingClients, 'clients' | 'unreadable'>): string {
  const all = [
    ...clients.map(({ name, refusal }) => (refusal === undefined ? name : `${name} (${refusal})`)),
    ...unreadable.map(({ key, reason }) => `section ${key} (${reason})`),
  ];
  return all.length === 0 ? 'none' : all.join(', ');
}
