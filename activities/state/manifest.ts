import type { OurResource } from '../../core/kubernetes/ourEntries.ts';
import { envOfValues } from '../../core/edits/kubernetes/helmValues.ts';
import { environmentIn } from '../../core/edits/kubernetes/workerEnvironment.ts';
import { blueprintFile } from '../../core/changes/blueprintEdits.ts';
import { generatorIn } from '../../core/edits/kubernetes/configMapGenerator.ts';
import { sectionIn } from '../../core/edits/kubernetes/mapSection.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { arrival, substitutionIn, substitutionOf } from '../../core/kubernetes/substitution.ts';
import { namesBySection } from '../../core/run/sectionOfJob.ts';
import { namesIn } from '../../core/edits/blueprint/namesIn.ts';
import { sectionSources } from '../../core/edits/blueprint/sectionSources.ts';
import type { Names } from '../../core/names/names.ts';
import type { Registration } from '../../core/registration/registration.ts';
import { readResource, type Manifest } from '../../core/kubernetes/manifests.ts';
import type { Deps } from '../deps.ts';
import { fileOf, objectRef } from './ourResources.ts';
import type { PlannedChange } from '../../core/changes/removals.ts';

type Read = (path: string) => Promise<string | undefined>;

/** A resource as Git writes it at a commit; undefined where it is not there or cannot be read. */
export function manifestAt(deps: FilesOf, commit: string, resource: OurResource): Promise<Manifest | undefined> {
  return manifestFrom(deps, resource, (path) => deps.git.readFile(commit, path));
}

/** A manifest after edits of the files at that commit. */
export function manifestAfter(
  deps: Deps,
  commit: string,
  plans: readonly PlannedChange[],
  resource: OurResource,
): Promise<Manifest | undefined> {
  return manifestFrom(deps, resource, async (path) => {
    const plan = plans.findLast((each) => each.path === path);
    return plan === undefined ? deps.git.readFile(commit, path) : (plan.after ?? undefined);
  });
}

async function manifestFrom(
  deps: Pick<Deps, 'installation'>,
  resource: OurResource,
  read: Read,
): Promise<Manifest | undefined> {
  const path = fileOf(deps, resource);
  const { kind, name } = objectRef(deps, resource);
  const written = await read(path);
  if (written === undefined) return undefined;
  const { text } = arrival(written, substitutionIn(deps.installation, written, { kind, name }));
  const { deployment } = deps.installation.authentik;
  if (resource === 'deployment' && deployment.valuesPath !== undefined) {
    // What a chart makes of its values nobody can tell but Helm; of our entry they say enough.
    const env = envOfValues(text, deployment.valuesPath);
    const { envFrom = [] } = environmentIn(text, deployment) ?? {};
    return {
      kind,
      metadata: { name },
      spec: { template: { spec: { containers: [{ name: deployment.container, env, envFrom }] } } },
    };
  }
  if (resource !== 'configMap' || deps.installation.authentik.blueprints.generatedFrom === undefined)
    return readResource(text, kind, name);
  const generator = generatorIn(written, name);
  if (generator === undefined) return undefined;
  const made: [string, string][] = [];
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  for (const file of generator.files) {
    const content = await read(`${folder}${file.path}`);
    // Without one of its files kustomize makes nothing at all.
    if (content === undefined) return undefined;
    made.push([file.key, arrival(content, substitutionOf(deps.installation, written)).text]);
  }
  return { kind, metadata: { name }, data: { ...generator.literals, ...Object.fromEntries(made) } };
}

/** Whose files are read, and which: those of a commit, or of a working copy. */
export interface FilesOf {
  readonly installation: Deps['installation'];
  readonly git: Pick<Deps['git'], 'readFile'>;
}

/**
 * The text of a client's blueprint as Git has it at a commit, wherever it stands, and as it arrives in the cluster; undefined where
 * it has none.
 */
export async function sectionAt(deps: FilesOf, commit: string, key: string): Promise<string | undefined> {
  const { file, configMap, generatedFrom } = deps.installation.authentik.blueprints;
  const manifest = await deps.git.readFile(commit, file);
  const text =
    generatedFrom === undefined
      ? sectionIn(manifest ?? '', { name: configMap, key })
      : await deps.git.readFile(commit, blueprintFile(deps.installation, { blueprintKey: key }, manifest));
  return text === undefined ? undefined : arrival(text, substitutionOf(deps.installation, manifest)).text;
}

/** Of each section that holds something of a client, its text; see {@link sectionAt}. */
export async function sectionsOf(deps: FilesOf, commit: string, names: Names): Promise<readonly string[]> {
  const all = namesBySection(names).map(({ blueprintKey }) => sectionAt(deps, commit, blueprintKey));
  return (await Promise.all(all)).filter((text) => text !== undefined);
}

/** The names of a client, its section looked up in the files of a commit; a run that is open goes by those of its job. Throws `BadInput`. */
export async function namesAt(deps: FilesOf, commit: string, registration: Registration): Promise<Names> {
  return namesIn(registration, deps.installation, await sectionsAt(deps, commit));
}

/** Key and text of every section that Git has at a commit. */
async function sectionsAt({ git, installation }: FilesOf, commit: string): Promise<ReadonlyMap<string, string>> {
  const { blueprints } = installation.authentik;
  const manifest = await git.readFile(commit, blueprints.file);
  const sources = manifest === undefined ? [] : sectionSources(blueprints, manifest);
  const substitution = substitutionOf(installation, manifest);
  const read = sources.map(async (source) => {
    const text = 'text' in source ? source.text : await git.readFile(commit, source.path);
    return text === undefined ? [] : [[source.key, arrival(text, substitution).text] as const];
  });
  return new Map((await Promise.all(read)).flat());
}

/** Whether a path is one of those that a resource is made from. */
export function isSourceOf(deps: Deps, resource: OurResource, path: string): boolean {
  const { generatedFrom } = deps.installation.authentik.blueprints;
  if (path === fileOf(deps, resource)) return true;
  return (
    resource === 'configMap' && generatedFrom !== undefined && path.startsWith(`${generatedFrom.replace(/\/$/, '')}/`)
  );
}

const OFFLINE = '`oidc-registrar plan CLIENT --offline --write`';

/**
 * What Git says of an object must be what becomes of it: a ConfigMap that kustomize generates must have one name and say what its files say: the job waits for it, compares it and
 * deploys it by that name. Throws `Refused`, or `NotFound` where there is no such generator.
 */
export async function checkSources(deps: FilesOf, commit: string): Promise<void> {
  const { file, configMap, generatedFrom } = deps.installation.authentik.blueprints;
  if (generatedFrom === undefined) return;
  const text = await deps.git.readFile(commit, file);
  // Where it is not there the edits have said so.
  const generator = text === undefined ? undefined : generatorIn(text, configMap);
  if (generator?.unknown === undefined) return;
  throw new RegistrarError({
    system: 'Git',
    kind: 'Refused',
    message: `${file}: of the configMapGenerator ${configMap} the job cannot say what is live: ${generator.unknown}`,
    remedy:
      'Give it options.disableNameSuffixHash: true and files alone (Authentik reads mounted blueprints anew, so no new name is needed), ' +
      `or write the edits with ${OFFLINE} and commit them by hand.`,
  });
}
