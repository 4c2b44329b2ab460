import { enumerated } from '../../core/base/words.ts';
import { type Blueprints, blueprintsFor } from './finders/blueprints.ts';
import { type ExternalSecret, externalSecretsFor, otherwiseFilled } from './finders/externalSecrets.ts';
import { keyOf } from './finders/naming.ts';
import { type Standing, standingIn } from './finders/standing.ts';
import { secretsOf, type Worker } from './finders/worker.ts';
import { workersIn } from './finders/workers.ts';
import type { Candidate, Interview } from './interview.ts';
import { question } from './questions.ts';
import type { Tree } from './tree.ts';

/** Authentik's objects in the repository, and the clients that they make. */
export interface Objects {
  readonly worker: Worker;
  readonly blueprints: Blueprints;
  readonly externalSecret: ExternalSecret;
  readonly standing: readonly Standing[];
}

/** Undefined where one is missing, or several are there and nobody chooses; the interview has the reason. */
export async function objectsOf(interview: Interview, tree: Tree): Promise<Objects | undefined> {
  const worker = await interview.choose(question('deployment'), workersIn(tree).map(labelled), NO_WORKER);
  if (worker === undefined) return undefined;
  const blueprints = await interview.choose(
    question('blueprints'),
    blueprintsFor(tree, worker).map((each) => labelled({ ...each, name: each.configMap })),
    noBlueprints(worker),
  );
  const standing = blueprints === undefined ? [] : standingIn(blueprints);
  const keys = standing.flatMap((client) => keyOf(client, worker) ?? []);
  const externalSecret = await interview.choose(
    question('external-secret'),
    externalSecretsFor(tree, worker, keys).map(labelled),
    noExternalSecret(tree, worker),
  );
  if (blueprints === undefined || externalSecret === undefined) return undefined;
  return { worker, blueprints, externalSecret, standing };
}

function labelled<T extends { readonly file: string; readonly name: string }>(value: T): Candidate<T> {
  return { label: `${value.file}#${value.name}`, value, from: value.file };
}

const NO_WORKER =
  "no file holds Authentik's worker: neither a Deployment that runs its image with the word worker, nor values of its chart, in a file, a HelmRelease or an Application";

function noBlueprints({ file, mounts }: Worker): string {
  const names = (mounts ?? []).map(({ configMap }) => configMap);
  if (names.length > 0)
    return `the worker of ${file} mounts ${enumerated(names)} below /blueprints, and no file holds or generates a ConfigMap of that name`;
  return `no ConfigMap holds blueprints, and the worker of ${file} mounts none below /blueprints: clients that are made in the admin interface or by Terraform are not served; make a ConfigMap and mount it (docs/how-to/fit-your-repository.md)`;
}

function noExternalSecret(tree: Tree, worker: Worker): string {
  const secrets = [...new Set(secretsOf(worker))];
  const instead = otherwiseFilled(tree, secrets);
  const from = secrets.length === 0 ? 'none' : enumerated(secrets);
  return `no ExternalSecret fills a Secret from which the worker of ${worker.file} is given something (${from})${instead === undefined ? '' : `; ${instead}`}`;
}
