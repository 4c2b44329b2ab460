import path from 'node:path';
import { refused } from '../../core/base/errors.ts';
import { at } from '../../core/base/own.ts';
import { generatorIn, generatorNames } from '../../core/edits/kubernetes/configMapGenerator.ts';
import { heldAt, replaces } from '../../core/edits/kubernetes/helmValues.ts';
import type { Installation } from '../../core/installation/installation.ts';
import type { HelmReleaseState, ValuesFrom } from '../../integrations/flux/flux.ts';
import { type Files, kustomizationOf } from './fluxReach.ts';
import { hiddenBy, hiddenValues, replacedValues } from './replacedValues.ts';

type Deployment = Installation['authentik']['deployment'];

/**
 * Helm takes what the HelmRelease says itself, or reads after it, before the list of our file, and a list that we make before those of
 * earlier files, unless the run `removes` and makes none. Throws `Refused`.
 */
export async function assertTakesFile(
  git: Files,
  commit: string,
  deployment: Deployment,
  state: Pick<HelmReleaseState, 'label' | 'values' | 'valuesFrom'>,
  removes = false,
): Promise<void> {
  const { file, valuesPath = '' } = deployment;
  // The list is in the HelmRelease.
  if (valuesPath.startsWith('spec.values.')) return;
  const own = heldAt((await git.readFile(commit, file)) ?? '', valuesPath);
  const isInline = replaces(at(state.values, ...valuesPath.split('.')), own);
  const { earlier, later } = await otherValues(git, commit, deployment, { ...state, own });
  const over = isInline ? 'its spec.values' : later;
  if (over !== undefined) throw refused('Flux', ...replacedValues(state.label, over, deployment));
  if (earlier !== undefined && !removes) throw refused('Flux', ...hiddenValues(state.label, earlier, deployment));
}

/**
 * What of a HelmRelease's `valuesFrom` is merged over the file that we edit and sets the list too, and which file before it sets the
 * list where ours does not; undefined where nothing is known to. It is read from Git, from the kustomization whose generator makes a
 * ConfigMap of the file: the worker may read no other ConfigMaps.
 */
async function otherValues(
  git: Files,
  commit: string,
  { file, valuesPath = '' }: Deployment,
  { valuesFrom, own }: Pick<HelmReleaseState, 'valuesFrom'> & { readonly own: unknown },
): Promise<{ readonly earlier?: string | undefined; readonly later?: string | undefined }> {
  const generated = await generatedBeside(git, commit, file);
  const fileOf = ({ kind, name, key }: ValuesFrom): string | undefined =>
    kind === 'ConfigMap' ? generated.find((each) => each.key === key && isNamed(name, each.name))?.file : undefined;
  const ours = valuesFrom.findIndex((each) => fileOf(each) === file);
  if (ours < 0) return {};
  const heldIn = async (other: string | undefined) =>
    other === undefined ? undefined : heldAt((await git.readFile(commit, other)) ?? '', valuesPath);
  for (const each of valuesFrom.slice(ours + 1)) {
    const { kind, name, targetPath } = each;
    if (targetPath !== undefined) {
      if (`${valuesPath}.`.startsWith(`${targetPath}.`)) return { later: `${kind} ${name} (targetPath ${targetPath})` };
      continue;
    }
    const other = fileOf(each);
    if (replaces(await heldIn(other), own)) return { later: `${kind} ${name} (${other})` };
  }
  return { earlier: await hiddenBy(own, valuesFrom.slice(0, ours).map(fileOf), heldIn) };
}

interface Generated {
  readonly name: string;
  readonly key: string;
  readonly file: string;
}

/** All that the generators make in the nearest kustomization that makes a ConfigMap of the file. */
async function generatedBeside(git: Files, commit: string, file: string): Promise<readonly Generated[]> {
  for (let folder = path.posix.dirname(file); ; folder = path.posix.dirname(folder)) {
    const kustomization = await kustomizationOf(git, commit, folder);
    const text = kustomization === undefined ? '' : ((await git.readFile(commit, kustomization)) ?? '');
    const all = generatorNames(text).flatMap((name) =>
      (generatorIn(text, name)?.files ?? []).map((each) => ({
        name,
        key: each.key,
        file: path.posix.join(folder, each.path),
      })),
    );
    if (all.some((each) => each.file === file)) return all;
    if (folder === '.') return [];
  }
}

/** With the hash that kustomize puts behind a generator's name, or without. */
function isNamed(name: string, generator: string): boolean {
  return (
    name === generator || (name.startsWith(`${generator}-`) && /^[a-z0-9]{10}$/.test(name.slice(generator.length + 1)))
  );
}
