import { writtenConsumers } from '../../core/consumers/consumersOf.ts';
import { undefinedIfUneditable } from '../../core/edits/yaml/yamlDocument.ts';
import { partsOf, scopeFor } from '../../core/edits/blueprint/scopedSection.ts';
import { keysOf } from '../../core/kubernetes/ourEntries.ts';
import { targetSecretOf } from '../../core/edits/kubernetes/externalSecret.ts';
import { unlessRefused } from '../../core/base/errors.ts';
import { undeclared, type FieldClaims } from '../../core/policy/fieldOwner.ts';
import { readersIn, readersOf, readsByTool, secretsReadBy, type FieldReader } from '../../core/policy/fieldReaders.ts';
import { vaultOf } from '../../core/vault/vaults.ts';
import { referencesIn } from '../../core/base/words.ts';
import { isPublic } from '../../core/names/delivered.ts';
import { resolveNames } from '../../core/names/names.ts';
import type { Registration } from '../../core/registration/registration.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { objectRef } from '../state/ourResources.ts';
import { manifestAt } from '../state/manifest.ts';
import { isProse } from './references.ts';
import { otherRegistrations } from './registrationFile.ts';
import type { PlannedChange } from '../../core/changes/removals.ts';

/** Whose files are searched: those of a commit, or of a working copy. */
export interface SearchedFiles {
  readonly installation: Deps['installation'];
  readonly git: Pick<Deps['git'], 'readFile' | 'listFiles' | 'filesHolding'>;
}

type Asked = Pick<Job, 'registration' | 'names' | 'base'>;

/** What the repository, as this change would leave it, and Authentik's live objects say of the client's vault field. */
export async function fieldClaims(
  deps: SearchedFiles,
  job: Asked,
  planned: readonly Pick<PlannedChange, 'path' | 'after'>[],
  live: readonly object[] = [],
): Promise<FieldClaims> {
  const { registration, names, base } = job;
  // Under its names a public client has no field that anybody could claim.
  if (isPublic(names)) return { readers: [], sections: {}, registrations: [] };
  const read = async (path: string): Promise<string | undefined> => {
    const change = planned.findLast((each) => each.path === path);
    return change === undefined ? readable(deps, base, path) : (change.after ?? undefined);
  };
  const secrets = await authentiksSecrets(deps, base, live);
  const wanted = { names, installation: deps.installation, secrets };
  const readers: FieldReader[] = [];
  for (const path of await deps.git.filesHolding(base, [names.vaultField])) {
    if (isProse(path) || path.startsWith(`${deps.installation.gitops.registrations}/`)) continue;
    const text = (await read(path)) ?? '';
    if (/\.(ya?ml|json)$/.test(path))
      readers.push(...readersIn(text, path, wanted).filter((reader) => !declares(job, reader)));
    readers.push(...linesIn(deps, job, path, text));
  }
  for (const object of live) readers.push(...readersOf(object, 'live', wanted).filter(({ of }) => of === 'authentik'));
  const data = ((await manifestAt(deps, base, 'configMap'))?.['data'] ?? {}) as Readonly<Record<string, string>>;
  const scope = scopeFor(names, registration);
  const isOwn = ([key]: readonly [string, string]): boolean => keysOf(names).includes(key);
  const parts = Object.entries(data).map((section) =>
    isOwn(section) ? partsOf(section[1], scope) : { own: '', others: section[1] },
  );
  const own = parts.map((part) => part.own).join('\n');
  const resolved = (other: Registration) => ({
    client: other.metadata.name,
    names: resolveNames(other, deps.installation),
  });
  const others = await otherRegistrations(deps, registration.metadata.name, base);
  const registrations = await Promise.all(others.map((other) => unlessRefused(async () => resolved(other))));
  return {
    readers: onceEach(readers),
    sections: Object.fromEntries(
      Object.keys(data).flatMap((key, i) => (parts[i]?.others ? [[key, parts[i].others]] : [])),
    ),
    ...(own.trim() === '' ? {} : { own }),
    registrations: registrations.filter((each) => each !== undefined),
  };
}

/** Claims of a field, the clusters asked as well: what Helm made of its values stands in no file. */
export async function knownClaims(
  deps: Deps,
  job: Asked,
  planned: readonly Pick<PlannedChange, 'path' | 'after'>[],
): Promise<FieldClaims> {
  const live = await Promise.all(
    (['externalSecret', 'deployment'] as const).map((resource) => deps.cluster.get(objectRef(deps, resource))),
  );
  return fieldClaims(
    deps,
    job,
    planned,
    live.filter((object) => object !== undefined),
  );
}

/** A warning for each reader that the registration does not declare. */
export function undeclaredWarnings({ names }: Pick<Job, 'names'>, claims: FieldClaims): readonly string[] {
  return undeclared(claims).map(
    (reader) =>
      `${reader} reads vault field ${names.vaultField}, and the registration does not declare it: the job neither tests it nor brings it a new secret. Where it is this client's, name it under spec.consumers: as externalSecret or ansible where it has a file of its own, else as manual, so that a run says what people do`,
  );
}

/** Of its own ExternalSecret and of every other one that the worker reads. */
async function authentiksSecrets(
  deps: SearchedFiles,
  commit: string,
  live: readonly object[],
): Promise<ReadonlySet<string>> {
  const { file, name } = deps.installation.authentik.externalSecret;
  const text = await readable(deps, commit, file);
  const own = text === undefined ? undefined : undefinedIfUneditable(() => targetSecretOf(text, name));
  const workloads = [await manifestAt(deps, commit, 'deployment'), ...live];
  return new Set([...(own === undefined ? [name] : [own]), ...workloads.flatMap((each) => secretsReadBy(each))]);
}

/** Lines that ask the vault itself. Those by which consumers are given it are the job's own. */
function linesIn(
  { installation }: SearchedFiles,
  { registration, names }: Asked,
  path: string,
  text: string,
): readonly FieldReader[] {
  const own = vaultOf(installation, names).reference(names.vaultField);
  const lines = text.split('\n');
  const found = referencesIn(path, text, [readsByTool(names, installation)]);
  const ours = writtenConsumers(registration)
    .map(({ consumer, written }) => written.linesReading?.(consumer, path) ?? 0)
    .reduce((sum, each) => sum + each, 0);
  return found
    .toSorted((one, other) => Number(isOwn(other.line)) - Number(isOwn(one.line)))
    .slice(ours)
    .map(({ line }) => ({ of: 'other', what: `line ${line}`, where: path }));

  function isOwn(line: number): boolean {
    return lines[line - 1]?.includes(own) === true;
  }
}

/** Whether a reader is a consumer that the registration names. */
function declares({ registration }: Asked, reader: FieldReader): boolean {
  return writtenConsumers(registration).some(({ consumer, written }) => written.declares?.(consumer, reader) === true);
}

/** What is live is named once, by its file. */
function onceEach(readers: readonly FieldReader[]): readonly FieldReader[] {
  const same = (one: FieldReader, other: FieldReader): boolean =>
    one.what === other.what && (one.where === other.where || other.where === 'live');
  return readers.filter((reader, at) => !readers.slice(0, at).some((before) => same(before, reader)));
}

/** Undefined too for a file that is no UTF-8: what it says of the field nobody can tell. */
export async function readable(
  { git }: Pick<SearchedFiles, 'git'>,
  commit: string,
  path: string,
): Promise<string | undefined> {
  return unlessRefused(() => git.readFile(commit, path), 'Refused');
}
