import { stringify } from 'yaml';
import { importedConsumers } from '../consumers/consumersOf.ts';
import type { ImportedFiles } from '../consumers/kind.ts';
import { askedClientId } from '../names/clientId.ts';
import { DEFAULT_ID_FIELD, fillPattern } from '../names/names.ts';
import type { RegistrationInput } from '../registration/registration.ts';
import { accessOf, groupsOf } from './access.ts';
import { clientMeant, standingClients, type StandingClient, type StandingClients } from './clients.ts';
import { entriesOf } from './entries.ts';
import { askedOf } from './provider.ts';
import { itemNote, namesBeyondPatterns, secretOf } from './secret.ts';

export type ImportInput = ImportedFiles;

export interface Imported {
  readonly client: StandingClient;
  readonly registration: RegistrationInput;
  /** What could not be read, a sentence each. */
  readonly notes: readonly string[];
  /** What of the secret's place nobody can tell: the registration lacks it, so it stands for no client yet. */
  readonly unsure?: string;
}

/**
 * The registration of a client that was made by hand, from the files alone. Pure. Throws `NotFound` where there is no such client,
 * and `Refused` where no registration can stand for it.
 */
export function importClient(input: ImportInput): Imported {
  const standing = standingClients(input);
  return importStanding(input, standing, clientMeant(standing, input));
}

/** As {@link importClient}, of a client that has been found. */
export function importStanding(input: ImportInput, standing: StandingClients, client: StandingClient): Imported {
  const notes: string[] = [];
  const entries = entriesOf(
    client.sections.map((key) => standing.sections.get(key) ?? ''),
    client,
  );
  const asked = askedOf(input.client, client, entries, input, notes);
  const access = accessOf(entries, notes);
  const groups = groupsOf(entries, notes);
  const secret = asked.clientType === 'public' ? {} : secretOf(input, entries.secret, notes);
  const { displayName } = asked;
  const { vaultField, unsure } = secret;
  const title = unsure === undefined ? secret.vaultItem : undefined;
  const vaultItem = title === undefined ? {} : { vaultItem: { title, client: input.client } };
  const { clientId } = askedClientId(asked.clientId, input.client);
  const known = { clientId, slug: client.slug ?? input.client, displayName };
  const names = namesBeyondPatterns(input, input.client, displayName, { ...secret, vaultItem: title });
  notes.push(...keptNote(input, asked));
  if (names.vaultItem !== undefined) notes.push(itemNote(input, names.vaultItem));
  const consumers =
    vaultField === undefined || unsure !== undefined
      ? []
      : importedConsumers(input, { vaultField, ...vaultItem, ...known }, notes);
  if (consumers.length === 0 && unsure === undefined && asked.clientType !== 'public')
    notes.push('no consumer was found: name under spec.consumers where the secret must arrive, if anywhere');
  return {
    client,
    notes,
    ...(unsure === undefined ? {} : { unsure }),
    registration: {
      apiVersion: 'oidc-registrar/v1',
      kind: 'OidcClient',
      metadata: { name: input.client },
      spec: {
        ...asked,
        access,
        ...groups,
        ...names,
        ...(consumers.length === 0 ? {} : { consumers: [...consumers] }),
      },
    },
  };
}

/** Of a client id from the variable that `naming.clientIdEnvVar` gives: what that comes to, and what the files do not tell. */
function keptNote(
  { installation, client }: ImportInput,
  { clientId, clientType, displayName }: ReturnType<typeof askedOf>,
): readonly string[] {
  const { clientIdEnvVar, clientIdField = DEFAULT_ID_FIELD } = installation.naming;
  if (clientIdEnvVar === undefined || typeof clientId !== 'object' || clientType === 'public') return [];
  const fill = (pattern: string): string => fillPattern(pattern, client, displayName);
  if (clientId.envVar !== fill(clientIdEnvVar)) return [];
  return [
    `the job keeps the client id of variable ${clientId.envVar} in vault field ${fill(clientIdField)}, as naming.clientIdEnvVar has it: where it is not "${client}", write it in spec.clientId.value`,
  ];
}

/** The registration file, with what people have to know as comments. */
export function registrationText(registration: RegistrationInput, notes: readonly string[]): string {
  const comments = notes
    .flatMap((note) => note.split('\n'))
    .map((line) => `# ${line.replaceAll(/[\r\u0085\u2028\u2029]/g, ' ')}`.trimEnd());
  return `${comments.map((line) => `${line}\n`).join('')}${stringify(registration, { lineWidth: 0 })}`;
}
