import path from 'node:path';
import { at } from '../../core/base/own.ts';
import { helmValueFiles } from '../../core/edits/kubernetes/helmInflation.ts';
import { heldAt, replaces } from '../../core/edits/kubernetes/helmValues.ts';
import type { ApplicationSource, ApplicationState } from '../../integrations/argocd/argocd.ts';
import { targetHead } from '../branch/runBranch.ts';
import type { Deps } from '../deps.ts';
import { folderOf, isOurs, nameOf, refused } from './applicationSource.ts';
import { hiddenBy, hiddenValues, replacedValues } from './replacedValues.ts';

/** A file of the GitOps repository that Helm reads as values, and the source at whose revision it is read. */
export interface ValueFile {
  readonly path: string;
  readonly of: ApplicationSource;
}

/**
 * Those of a source, in Helm's order: a later one overrides those before. A path is read from the source's folder, one that
 * begins with a slash from its repository, `$NAME/…` from the repository of the source that has this `ref`. A pattern is not
 * followed.
 */
export function valueFilesOf(
  deps: Pick<Deps, 'installation'>,
  { sources }: Pick<ApplicationState, 'sources'>,
  reader: ApplicationSource,
): readonly ValueFile[] {
  return (reader.helm?.valueFiles ?? []).flatMap((entry) => {
    const [, ref, below] = /^\$([^/]+)\/(.*)$/.exec(entry) ?? [];
    const of = ref === undefined ? reader : sources.find((source) => source.ref === ref);
    if (of === undefined || !isOurs(deps, of)) return [];
    const from = ref !== undefined || entry.startsWith('/') ? '/' : `/${folderOf(reader)}`;
    return [{ path: path.posix.join(from, below ?? entry).slice(1), of }];
  });
}

interface Reading {
  /** The source at whose revision the file is read. */
  readonly of: ApplicationSource;
  /** What sets other variables over it; undefined where nothing does. */
  readonly overridden: string | undefined;
  /** An earlier file that sets the variables where it does not; undefined where it does, or none. */
  readonly hides: string | undefined;
}

/**
 * Throws `Refused` where no source of the Application makes the Deployment of the values that we edit, or a list that we make there would
 * take the place of another; one that `removes` makes none.
 */
export async function assertReadsValues(deps: Deps, state: ApplicationState, removes: boolean): Promise<void> {
  const { deployment } = deps.installation.authentik;
  const { file } = deployment;
  const reading = await readingOf(deps, state);
  if (reading === undefined)
    throw refused(
      `${nameOf(state)} does not give ${file} to Helm: it is neither one of helm.valueFiles, nor values.yaml of a chart that is ` +
        'deployed, nor a valuesFile of helmCharts in a kustomization',
      'Name it in helm.valueFiles by its whole path, or correct authentik.deployment.file in registrar.yaml; where the values ' +
        'stand in the Application itself, set authentik.deployBy: external.',
      state,
    );
  const { overridden, hides } = reading;
  if (overridden !== undefined) throw refused(...replacedValues(nameOf(state), overridden, deployment), state);
  if (hides !== undefined && !removes) throw refused(...hiddenValues(nameOf(state), hides, deployment), state);
}

/** The source at whose revision the values are read; undefined where none reads them. */
export async function valuesHolder(deps: Deps, state: ApplicationState): Promise<ApplicationSource | undefined> {
  return (await readingOf(deps, state))?.of;
}

async function readingOf(deps: Deps, state: ApplicationState): Promise<Reading | undefined> {
  const { file, valuesPath = '' } = deps.installation.authentik.deployment;
  const head = await targetHead(deps);
  const held = async (name: string) => heldAt((await deps.git.readFile(head, name)) ?? '', valuesPath);
  const heldIn = async (each: ValueFile) => held(each.path);
  const readings: Reading[] = [];
  for (const reader of state.sources) {
    const files = [...(await ownValues(deps, head, reader)), ...valueFilesOf(deps, state, reader)];
    const place = files.findLastIndex((each) => each.path === file);
    const of = files[place]?.of;
    if (of === undefined) continue;
    const own = await held(file);
    readings.push({
      of,
      overridden: await overriding({ valuesPath, own, heldIn }, reader, files.slice(place + 1)),
      hides: (await hiddenBy(own, files.slice(0, place), heldIn))?.path,
    });
  }
  // Of several charts that read the file, one that takes the list from elsewhere does not make our Deployment.
  return readings.find(({ overridden }) => overridden === undefined) ?? readings[0];
}

/** Of a chart in our repository its own values; of a kustomization those that it gives to the charts that it inflates. */
async function ownValues({ installation, git }: Deps, head: string, reader: ApplicationSource) {
  if (reader.path === undefined || !isOurs({ installation }, reader)) return [];
  const folder = folderOf(reader);
  const files = (await git.listFiles(head, folder)).map((file) => file.replace(/^\//, ''));
  const inFolder = (name: string): ValueFile => ({ path: path.posix.join(folder, name), of: reader });
  if (files.includes(`${folder}Chart.yaml`)) return [inFolder('values.yaml')];
  const kustomization = files.find((each) => /^kustomization\.ya?ml$/.test(each.slice(folder.length)));
  const text = kustomization === undefined ? undefined : await git.readFile(head, kustomization);
  const { valuesPath = '' } = installation.authentik.deployment;
  // Values may stand in the kustomization itself.
  const own = valuesPath.startsWith('helmCharts.') ? [kustomization?.slice(folder.length) ?? ''] : [];
  return [...own, ...helmValueFiles(text ?? '', valuesPath)].map(inFolder);
}

/** What the variables of our file are (`own`), and those of any other. */
interface Variables {
  readonly valuesPath: string;
  readonly own: unknown;
  readonly heldIn: (file: ValueFile) => Promise<unknown>;
}

async function overriding(
  { valuesPath, own, heldIn }: Variables,
  { helm = {} }: ApplicationSource,
  later: readonly ValueFile[],
): Promise<string | undefined> {
  for (const file of later) if (replaces(await heldIn(file), own)) return file.path;
  const { parameters = [], values = '', valuesObject } = helm;
  if (replaces(at(valuesObject, ...valuesPath.split('.')), own)) return 'its helm.valuesObject';
  if (valuesObject === undefined && replaces(heldAt(values, valuesPath), own)) return 'its helm.values';
  const sets = parameters.some(({ name = '' }) => name === valuesPath || name.startsWith(`${valuesPath}[`));
  return sets ? 'one of its helm.parameters' : undefined;
}
