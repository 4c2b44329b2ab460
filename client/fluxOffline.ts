import path from 'node:path';
import { type Files as CommitFiles, whyNotBuilt } from '../activities/deploy/fluxReach.ts';
import { assertTakesFile } from '../activities/deploy/fluxValues.ts';
import { refused } from '../core/base/errors.ts';
import { at, listOf } from '../core/base/own.ts';
import { enumerated } from '../core/base/words.ts';
import { fluxRef } from '../core/installation/fluxPlace.ts';
import type { Installation } from '../core/installation/installation.ts';
import { objectsIn } from '../core/kubernetes/manifests.ts';
import { valuesFromOf } from '../integrations/flux/fluxObjects.ts';
import type { WorkingCopy } from './workingCopy.ts';

type Files = Pick<WorkingCopy, 'read' | 'paths' | 'filesHolding'>;

/** Toolkits of Flux: what stands before their API's version. */
const APIS = { Kustomization: 'kustomize.toolkit.fluxcd.io/', HelmRelease: 'helm.toolkit.fluxcd.io/' } as const;

/**
 * What the repository's own objects of Flux tell of `authentik.kustomization` and `authentik.helmRelease`: warnings where no file
 * holds them, for they may be deployed from elsewhere. Throws `Refused` where the one Kustomization of that name does not lead to
 * Authentik's files, or Helm takes the list that we edit from elsewhere; what is told of several of that name, or of one with
 * variables in its path, the cluster alone knows.
 */
export async function fluxWarnings(
  { authentik, flux }: Installation,
  files: Files,
  git: CommitFiles,
): Promise<readonly string[]> {
  const { kustomization, helmRelease, externalSecret, blueprints, deployment } = authentik;
  const kustomizations = objectsOf(files, 'Kustomization');
  const named = kustomizations.filter((each) => nameOf(each) === fluxRef(kustomization)?.name);
  const [found] = named;
  const folder = at(found, 'spec', 'path') ?? '.';
  const isPatched = kustomizations.some((each) => mayPatchPath(each, found));
  if (found !== undefined && named.length === 1 && isTold(folder, files) && !isPatched) {
    const ref = fluxRef(kustomization, flux?.namespace);
    const label = `Kustomization ${ref?.namespace}/${ref?.name}`;
    const components = (at(found, 'spec', 'components') ?? []) as readonly string[];
    const state = { label, path: path.posix.join(folder).replace(/\/$/, ''), components };
    const edited = [blueprints.file, externalSecret.file, deployment.file];
    const why = await whyNotBuilt(git, '', state, edited);
    if (why !== undefined)
      throw refused(
        'Flux',
        why,
        'Correct authentik.kustomization or the files in registrar.yaml, field authentik, or have a kustomization of that folder name ' +
          'it; where several Kustomizations deploy them, set authentik.deployBy: external.',
      );
  }
  const releases = objectsOf(files, 'HelmRelease');
  const [release, ...more] = releases.filter((each) => nameOf(each) === fluxRef(helmRelease)?.name);
  if (release !== undefined && more.length === 0)
    await assertTakesFile(git, '', deployment, {
      label: `HelmRelease ${fluxRef(helmRelease)?.name}`,
      values: at(release, 'spec', 'values'),
      valuesFrom: valuesFromOf(release),
    });
  return [
    ...unknownName('kustomization', kustomization, kustomizations),
    ...unknownName('helmRelease', helmRelease, releases),
  ];
}

function unknownName(
  setting: 'kustomization' | 'helmRelease',
  name: string | undefined,
  all: readonly unknown[],
): readonly string[] {
  const names = [...new Set(all.map(nameOf))];
  const wanted = fluxRef(name)?.name;
  if (wanted === undefined || names.length === 0 || names.includes(wanted)) return [];
  return [
    `no file of the repository holds authentik.${setting} (${name}), which may be deployed from elsewhere; here are ${enumerated(names)}`,
  ];
}

/** A folder of this repository, written out. */
function isTold(folder: unknown, files: Files): folder is string {
  if (typeof folder !== 'string' || folder.includes('$')) return false;
  const here = path.posix.join(folder).replace(/\/$/, '');
  return here === '.' || files.paths().some((each) => each.startsWith(`${here}/`));
}

/** Whether a Kustomization patches the path of others: what it is then the cluster alone knows. */
function mayPatchPath(kustomization: unknown, other: unknown): boolean {
  // Of a patch that is a list, these are its operations.
  const parts = listOf(at(kustomization, 'spec', 'patches')).flatMap((each) =>
    objectsIn(String(at(each, 'patch') ?? '')),
  );
  return (
    kustomization !== other &&
    parts.some((part) => at(part, 'spec', 'path') !== undefined || String(at(part, 'path')).startsWith('/spec/path'))
  );
}

function objectsOf(files: Files, kind: keyof typeof APIS): readonly unknown[] {
  return files
    .filesHolding([APIS[kind]])
    .filter((file) => /\.ya?ml$/.test(file))
    .flatMap((file) => objectsIn(files.read(file) ?? ''))
    .filter((each) => at(each, 'kind') === kind && String(at(each, 'apiVersion')).startsWith(APIS[kind]));
}

const nameOf = (object: unknown): string => String(at(object, 'metadata', 'name'));
