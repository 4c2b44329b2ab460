import type { FileTexts } from '../../core/plan/unifiedDiff.ts';
import { enumerated } from '../../core/base/words.ts';
import { valuesElsewhere } from './finders/argoCdCharts.ts';
import { type Blueprints, blueprintsFor } from './finders/blueprints.ts';
import { BESIDE, type ExternalSecret, externalSecretsFor, otherwiseFilled } from './finders/externalSecrets.ts';
import { keyOf } from './finders/naming.ts';
import { type Standing, standingIn } from './finders/standing.ts';
import { servedFirst } from './finders/stores.ts';
import { secretsOf, type Worker } from './finders/worker.ts';
import { workersIn } from './finders/workers.ts';
import type { Candidate, Interview } from './interview.ts';
import { question } from './questions.ts';
import { isMountable, NEW, newHome } from './newHome.ts';
import type { Tree } from './tree.ts';

/** Authentik's objects in the repository, and the clients that they make. */
export interface Objects {
  readonly worker: Worker;
  readonly blueprints: Blueprints;
  readonly externalSecret: ExternalSecret;
  readonly standing: readonly Standing[];
  /** Files of people's that make a ConfigMap for clients, where there is to be a new one. */
  readonly made: readonly FileTexts[];
}

/** Undefined where one is missing, or several are there and nobody chooses; the interview has the reason. */
export async function objectsOf(interview: Interview, tree: Tree): Promise<Objects | undefined> {
  const worker = await interview.choose(question('deployment'), workersIn(tree).map(labelled), noWorker(tree));
  if (worker === undefined) return undefined;
  const found = blueprintsFor(tree, worker);
  const chosen = await interview.choose(
    question('blueprints'),
    blueprintChoices(interview, found, worker),
    noBlueprints(worker),
  );
  const ofAll = typeof chosen === 'object' ? [chosen] : found;
  const standing = ofAll.flatMap((each) => standingIn(each));
  const keys = standing.flatMap((client) => keyOf(client, worker) ?? []);
  const all = externalSecretsFor(tree, worker, keys);
  const isNamed = interview.option(question('external-secret')) !== undefined;
  const externalSecret = await interview.choose(
    question('external-secret'),
    (isNamed ? all : servedFirst(tree, all)).map(labelled),
    noExternalSecret(tree, worker),
  );
  if (chosen === undefined || externalSecret === undefined) return undefined;
  if (chosen !== NEW) return { worker, blueprints: chosen, externalSecret, standing, made: [] };
  const { blueprints, files } = newHome(tree, worker, externalSecret);
  return { worker, blueprints, externalSecret, standing, made: files };
}

/** Those that are there, and a new one where several are, as where each client has its own, or where one is asked for. */
function blueprintChoices(
  interview: Interview,
  found: readonly Blueprints[],
  worker: Worker,
): readonly Candidate<Blueprints | typeof NEW>[] {
  const choices = found.map((each) => labelled({ ...each, name: each.configMap }));
  const isOffered = found.length > 1 || interview.option(question('blueprints')) === NEW;
  return isOffered && isMountable(worker) ? [...choices, { label: NEW, value: NEW, from: '--blueprints' }] : choices;
}

function labelled<T extends { readonly file: string; readonly name: string }>(value: T): Candidate<T> {
  return { label: `${value.file}#${value.name}`, value, from: value.file };
}

function noWorker(tree: Tree): string {
  return (
    valuesElsewhere(tree) ??
    "no file holds Authentik's worker: neither a Deployment that runs its image with the word worker, nor values of its chart, in a file, a HelmRelease or an Application"
  );
}

function noBlueprints(worker: Worker): string {
  const { file, mounts } = worker;
  const names = (mounts ?? []).map(({ configMap }) => configMap);
  if (names.length > 0)
    return `the worker of ${file} mounts ${enumerated(names)} below /blueprints, and no file holds or generates a ConfigMap of that name`;
  return `no ConfigMap holds blueprints, and the worker of ${file} mounts none below /blueprints: clients that are made in the admin interface or by Terraform stay as they are, and new ones need a ConfigMap${
    isMountable(worker)
      ? `: --${question('blueprints').option} ${NEW} makes one and mounts it`
      : ' that is mounted there: make one (docs/how-to/fit-your-repository.md)'
  }`;
}

function noExternalSecret(tree: Tree, worker: Worker): string {
  const secrets = [...new Set(secretsOf(worker))];
  const instead = otherwiseFilled(tree, secrets);
  const why =
    secrets.length === 0
      ? `the worker of ${worker.file} is given no Secret that its file names`
      : `no ExternalSecret fills a Secret from which the worker of ${worker.file} is given something (${enumerated(secrets)})`;
  return `${[why, ...(instead === undefined ? [] : [instead])].join('; ')}. ${BESIDE}`;
}
