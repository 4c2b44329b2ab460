import { RegistrarError } from '../../core/base/errors.ts';
import { clientMeant, standingClients, type StandingClient } from '../../core/import/clients.ts';
import { clientsElsewhere, elsewhereLines } from '../../core/import/elsewhere.ts';
import type { Installation } from '../../core/installation/installation.ts';
import type { FileTexts } from '../../core/plan/unifiedDiff.ts';
import { clientName } from '../../core/registration/registration.ts';
import { registeredSlugs, type RegistrationFile } from '../clientsOfCopy.ts';
import { type ImportedClient, importWithPlan } from '../importPlan.ts';
import { installationOf } from '../localFiles.ts';
import { NOT_AS_ASKED, WELL } from '../output/exitCodes.ts';
import { importTable, type ImportRow } from '../output/import.ts';
import { asTyped } from '../asTyped.ts';
import { usage } from '../usage.ts';
import { WorkingCopy } from '../workingCopy.ts';

export interface ImportOptions {
  /** Slug, section or client id; undefined with `all`. */
  readonly client: string | undefined;
  readonly all: boolean;
  /** A working copy of the GitOps repository. */
  readonly repo: string;
  /** The installation's file; else REGISTRAR_CONFIG, or registrar.yaml of the repository. */
  readonly installation?: string | undefined;
  /** Release of Authentik that the plan of each registration is made for. */
  readonly authentik?: string | undefined;
  /** Put the files into the folder of registrations, instead of printing them. */
  readonly write: boolean;
}

/** What an import came to: for a person, and as data. */
export interface ImportOutcome {
  readonly text: string;
  readonly code: number;
  readonly data: {
    readonly clients: readonly ImportedRow[];
    /** Clients that stand where an import does not read, a line each. */
    readonly elsewhere?: readonly string[];
  };
}

/** One client with the text of its registration, unless that was written. */
type ImportedRow = ImportRow & { readonly file?: string; readonly registration?: string };

interface Repository {
  readonly copy: WorkingCopy;
  readonly installation: Installation;
  readonly options: ImportOptions;
}

/**
 * Writes registrations of clients that were made by hand. Asks no system. Resolves with what is to be printed and the exit code. Throws
 * `BadInput`; of one client `NotFound`, `Refused`, `Collision` too.
 */
export async function importHandMade(options: ImportOptions): Promise<ImportOutcome> {
  const { repo, client, all } = options;
  const copy = new WorkingCopy(repo);
  const repository = { copy, options, installation: installationOf(repo, options.installation) };
  if (all === (client !== undefined))
    throw usage(
      all ? 'a client and --all do not go together' : 'no client is named',
      'Name one client, or give --all for every client of the repository.',
    );
  return client === undefined ? importAll(repository) : importOne(repository, client);
}

async function importOne(repository: Repository, client: string): Promise<ImportOutcome> {
  const { installation, copy, options } = repository;
  const standing = standingClients({ installation, read: copy.read });
  const meant = clientMeant(standing, { client, installation });
  const name = isName(client) ? client : meant.name;
  const target = `${installation.gitops.registrations}/${name}.yaml`;
  if (options.write) assertFree(repository, { name, slug: meant.slug ?? meant.name, target });
  const taken = await importWithPlan(from(repository, standing, name), meant);
  const data = { clients: [{ ...rowOf({ ...meant, name }, taken), ...written(options, target, taken) }] };
  if (!options.write) return { text: taken.text, code: WELL, data };
  copy.write([newFile(target, taken.text)]);
  return { text: `wrote ${target}\n`, code: WELL, data };
}

function written({ write }: ImportOptions, file: string, { text }: ImportedClient) {
  return write ? { file } : { file, registration: text };
}

function assertFree(
  { copy, installation }: Repository,
  { name, slug, target }: { readonly name: string; readonly slug: string; readonly target: string },
): void {
  if (!isName(name))
    throw new RegistrarError({
      system: 'registration file',
      kind: 'BadInput',
      message: `"${name}" cannot be the name of a client, and so not that of its file`,
      remedy: 'Name it by its slug, or leave out --write.',
    });
  const there = thereAs(copy, target);
  const known = registeredSlugs(copy, installation).get(slug);
  if (there === undefined && known === undefined) return;
  throw new RegistrarError({
    system: 'registration file',
    kind: 'Collision',
    // Two registrations of one application take each other's work for their own.
    message: there === undefined ? `${known?.file} registers slug "${slug}" already` : `${there} is there already`,
    remedy: 'Leave out --write and compare by hand.',
  });
}

/** Every client of the repository: those that can be taken, with their files, and a table of all. */
async function importAll(repository: Repository): Promise<ImportOutcome> {
  const { installation, copy, options } = repository;
  const standing = standingClients({ installation, read: copy.read });
  const registered = registeredSlugs(copy, installation);
  const rows: ImportedRow[] = [];
  const files: FileTexts[] = [];
  for (const client of standing.clients) {
    const taken = await takenOf(repository, standing, client, registered);
    const row = rowOf(client, taken);
    if ('state' in taken || taken.refusal !== undefined) {
      rows.push(row);
      continue;
    }
    const target = `${installation.gitops.registrations}/${client.name}.yaml`;
    rows.push({ ...row, ...written(options, target, taken) });
    files.push(newFile(target, taken.text));
  }
  if (options.write) copy.write(files);
  for (const { key, reason } of standing.unreadable)
    rows.push({ client: '?', sections: [key], state: 'not taken', outcome: reason });
  const { file, configMap } = installation.authentik.blueprints;
  const none = `no client stands in ConfigMap ${configMap} of ${file}: ${standing.remedy ?? 'where it has some, correct authentik.blueprints in registrar.yaml'}`;
  const elsewhere = elsewhereLines(clientsElsewhere(installation, copy));
  const table = [rows.length === 0 ? none : asTyped(importTable(rows)), ...elsewhere].join('\n');
  const isWell = rows.length > 0 && rows.every(({ state, lines = 0 }) => state !== 'not taken' && lines === 0);
  const commented = table.replaceAll(/^/gm, '# ').replaceAll(/[ #]+$/gm, '');
  const text = options.write ? table : [commented, ...files.map(({ after }) => after)].join('\n---\n');
  const code = isWell ? WELL : NOT_AS_ASKED;
  return { text: text.endsWith('\n') ? text : `${text}\n`, code, data: { clients: rows, elsewhere } };
}

type NotImported = Pick<ImportRow, 'state' | 'outcome'>;

/** The client as imported, or what is told in its place. */
async function takenOf(
  repository: Repository,
  standing: ReturnType<typeof standingClients>,
  client: StandingClient,
  registered: ReadonlyMap<string, RegistrationFile>,
): Promise<ImportedClient | NotImported> {
  const { name, refusal, slug } = client;
  const not = (outcome: string): NotImported => ({ state: 'not taken', outcome });
  const known = registered.get(slug ?? name);
  if (known !== undefined)
    return {
      state: 'registered',
      outcome: `by ${known.file}: "oidc-registrar plan ${known.client}" says what a run would change`,
    };
  if (refusal !== undefined) return not(refusal);
  if (!isName(name)) return not(`its slug "${name}" cannot be the name of a client`);
  const there = thereAs(repository.copy, `${repository.installation.gitops.registrations}/${name}.yaml`);
  if (there !== undefined)
    return not(
      `${there} is there already, and no registration of it: finish that file, or move it away and import again`,
    );
  return importWithPlan(from(repository, standing, name), client);
}

function rowOf({ name, sections }: StandingClient, taken: ImportedClient | NotImported): ImportRow {
  const of = { client: name, sections };
  if ('state' in taken) return { ...of, ...taken };
  const { refusal, lines } = taken;
  if (refusal !== undefined) return { ...of, state: 'not taken', outcome: refusal };
  const outcome = lines === 0 ? 'nothing would change' : `${lines} ${lines === 1 ? 'line' : 'lines'} would change`;
  return { ...of, state: 'taken', lines, outcome };
}

function from(
  { copy, installation, options }: Repository,
  standing: ReturnType<typeof standingClients>,
  client: string,
) {
  const input = { client, installation, paths: copy.paths().filter(mayTell), read: textIn(copy) };
  return { input, standing, files: copy, authentik: options.authentik };
}

/** Files that may tell something of a client. */
function mayTell(file: string): boolean {
  return /\.(ya?ml|j2)$/.test(file);
}

/** What is no plain file of text tells nothing. */
function textIn(copy: WorkingCopy): (file: string) => string | undefined {
  return (file) => {
    try {
      return copy.read(file);
    } catch (error) {
      if (error instanceof RegistrarError) return undefined;
      throw error;
    }
  };
}

function isName(text: string): boolean {
  return clientName.safeParse(text).success;
}

function thereAs(copy: WorkingCopy, target: string): string | undefined {
  const paths = copy.paths();
  return [target, target.replace(/yaml$/, 'yml')].find((file) => paths.includes(file));
}

function newFile(target: string, after: string): FileTexts {
  return { path: target, before: undefined, after };
}
