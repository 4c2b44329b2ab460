import type { DeployBy } from '../../core/installation/deployers.ts';
import { DEPLOY_BY } from '../../core/installation/deployers.ts';
import { enumerated } from '../../core/base/words.ts';
import { sameRepository } from '../../core/installation/repositoryAddress.ts';
import type { InstallationInput } from '../../core/installation/installation.ts';
import { templateOfApplication } from './finders/applications.ts';
import { type Application, applicationsFor } from './finders/argoCd.ts';
import { type DeployedBy, type Edited, nearest } from './finders/deployed.ts';
import { type FluxKustomization, kustomizationsFor } from './finders/flux.ts';
import { isOpen, isUnknown, mayBecome } from './finders/templates.ts';
import type { Worker } from './finders/worker.ts';
import type { Candidate, Interview } from './interview.ts';
import { question } from './questions.ts';
import type { Tree } from './tree.ts';

/** Who deploys Authentik's objects, and what follows from that for other settings. */
export interface Deployer {
  readonly gitops: Pick<InstallationInput['gitops'], 'land' | 'substitute'>;
  readonly argocd?: { readonly namespace?: string; readonly clusterIsAuthentiks: boolean };
  readonly flux?: { readonly namespace: string };
  readonly authentik: Pick<InstallationInput['authentik'], 'application' | 'kustomization' | 'helmRelease'> & {
    readonly deployBy: DeployBy;
  };
  /** Of what was found: where it says that its files, its cluster and its namespace are. */
  readonly found: Partial<Pick<DeployedBy, 'remote' | 'branch' | 'file'>> & {
    readonly cluster?: string | undefined;
    readonly namespace?: string | undefined;
  };
}

interface Asked {
  readonly interview: Interview;
  readonly tree: Tree;
  readonly files: Edited;
  readonly worker: Worker;
  /** Address of this repository, where it is known. */
  readonly remote?: string | undefined;
}

interface Seen extends Asked {
  readonly applications: readonly Application[];
  readonly kustomizations: readonly FluxKustomization[];
}

/** Who deploys these files: whoever is seen to deploy all of them, or somebody who is not told of. */
export async function deployerOf(asked: Asked): Promise<Deployer | undefined> {
  const { interview, tree, files, worker } = asked;
  const all = ofThisRepository({
    ...asked,
    applications: await applicationsFor(tree, files, worker),
    kustomizations: await kustomizationsFor(tree, files),
  });
  const seen = { ...all, applications: nearest(all.applications), kustomizations: nearest(all.kustomizations) };
  const chosen = await chosenDeployer(seen);
  if (chosen === undefined) return undefined;
  for (const why of chosen === 'external' ? whyExternal(seen) : [])
    interview.tell({ setting: 'authentik.deployBy' }, chosen, why);
  return SETTLED[chosen](seen);
}

/** Without those of another repository that has a folder of the same name, unless all seem to be so, as where ours is a mirror. */
function ofThisRepository(seen: Seen): Seen {
  const ours = seen.interview.option(question('remote')) ?? seen.remote;
  const isOurs = ({ remote }: DeployedBy): boolean =>
    ours === undefined || remote === undefined || sameRepository(remote, [ours]);
  const [applications, kustomizations] = [seen.applications.filter(isOurs), seen.kustomizations.filter(isOurs)];
  const isAny = [...applications, ...kustomizations].some(({ files }) => files.length > 0);
  return isAny ? { ...seen, applications, kustomizations } : seen;
}

async function chosenDeployer({
  interview,
  applications,
  kustomizations,
  files,
  worker,
}: Seen): Promise<DeployBy | undefined> {
  if (interview.option(question('application')) !== undefined) return 'argocd';
  if (interview.option(question('kustomization')) !== undefined) return 'flux';
  const named = interview.option(question('deploy-by'));
  if (named !== undefined) {
    const known = DEPLOY_BY.find((each) => each === named);
    if (known === undefined) interview.problems.push(`authentik.deployBy: --deploy-by takes ${enumerated(DEPLOY_BY)}`);
    return known;
  }
  const usable = (each: DeployedBy & { readonly refusal?: string }): boolean =>
    each.files.length === files.length && each.refusal === undefined;
  const by = (value: DeployBy, [first]: readonly DeployedBy[]): readonly Candidate<DeployBy>[] =>
    first === undefined ? [] : [{ label: value, value, from: first.file }];
  const candidates = [
    ...by('argocd', worker.inApplication === true ? [] : applications.filter(usable)),
    ...by('flux', kustomizations.filter(usable)),
  ];
  if (candidates.length === 0) return 'external';
  return interview.choose(question('deploy-by'), candidates);
}

/** Why nobody could be taken who is seen to deploy something of it. */
function whyExternal({ applications, kustomizations, files, worker, tree }: Seen): readonly string[] {
  const all = [...applications, ...kustomizations];
  if (worker.inApplication === true)
    return [`${worker.file} holds the values itself, so that whoever deploys the Application comes first`];
  const refused = all.find(({ refusal }) => refusal !== undefined);
  if (refused !== undefined) return [`${refused.name} of ${refused.file} ${refused.refusal}`];
  const part = all.find((each) => each.files.length < files.length);
  if (part === undefined)
    return [
      `no file holds an Application or Kustomization of these files${templated(tree)}; --application or --kustomization names one`,
    ];
  const rest = files.filter((file) => !part.files.includes(file));
  return [
    `${part.name} of ${part.file} deploys ${enumerated(part.files)} and not ${enumerated(rest)}; the job asks one that deploys them all`,
  ];
}

function templated(tree: Tree): string {
  const file = templateOfApplication(tree);
  return file === undefined ? '' : `, and ${file}, which may make one, is a template of Helm`;
}

const SETTLED: Readonly<Record<DeployBy, (seen: Seen) => Promise<Deployer | undefined>>> = {
  argocd: async ({ interview, applications }) => {
    const of = question('application');
    const found = await named(interview, 'application', applications);
    const name =
      found !== undefined && isOpen(found.name)
        ? await nameOfMade(interview, found)
        : (found?.name ?? interview.option(of));
    if (name === undefined) return undefined;
    const { automated, namespace, cluster, targetNamespace } = found ?? {};
    return {
      gitops: found === undefined ? {} : { land: automated === true ? 'first' : 'last' },
      argocd: {
        clusterIsAuthentiks: cluster === undefined && found !== undefined,
        ...(namespace === undefined || namespace === 'argocd' ? {} : { namespace }),
      },
      authentik: { deployBy: 'argocd', application: name },
      found: { ...found, cluster, namespace: targetNamespace },
    };
  },
  flux: async ({ interview, tree, files, kustomizations, worker }) => {
    const found = await named(interview, 'kustomization', kustomizations);
    const name = found?.name ?? interview.option(question('kustomization'));
    if (name === undefined) return undefined;
    const helmRelease = interview.option(question('helm-release')) ?? worker.helmRelease;
    if (helmRelease !== undefined && helmRelease === worker.helmRelease)
      interview.tell(question('helm-release'), helmRelease, worker.releaseFile ?? worker.file);
    if (worker.valuesPath !== undefined && helmRelease === undefined)
      interview.problems.push(
        'authentik.helmRelease: no file tells which HelmRelease makes the Deployment: name it with --helm-release',
      );
    return {
      gitops: { land: 'first', ...substituted(tree, files, found) },
      authentik: { deployBy: 'flux', kustomization: name, ...(helmRelease === undefined ? {} : { helmRelease }) },
      found: { ...found, namespace: found?.targetNamespace },
    };
  },
  external: async ({ tree, files, applications: [application], kustomizations: [kustomization] }) => ({
    gitops: { land: 'first', ...substituted(tree, files, kustomization) },
    authentik: { deployBy: 'external' },
    found: {
      ...(application ?? kustomization),
      cluster: application?.cluster ?? kustomization?.cluster,
      namespace: kustomization?.targetNamespace ?? application?.targetNamespace,
    },
  }),
};

/** The name that an ApplicationSet gives what it makes, where that comes from a cluster or a forge. */
async function nameOfMade(interview: Interview, { set, file, name }: Pick<Application, 'set' | 'file' | 'name'>) {
  const hint = `${name}, as ApplicationSet ${set} of ${file} makes it, is in full what argocd app list shows`;
  return interview.enter({ ...question('application'), hint }, []);
}

/** The one that is chosen; undefined for one that is named and that no file holds. */
async function named<T extends DeployedBy>(
  interview: Interview,
  option: 'application' | 'kustomization',
  all: readonly T[],
): Promise<T | undefined> {
  const asked = interview.option(question(option));
  const candidates = all.map((each) => {
    const isMeant = asked !== undefined && (mayBecome(each.name, asked) || (all.length === 1 && isUnknown(each.name)));
    return { label: isMeant ? asked : each.name, value: isMeant ? { ...each, name: asked } : each, from: each.file };
  });
  if (asked !== undefined && !candidates.some(({ label }) => label === asked)) {
    interview.tell(question(option), asked, `--${option}, which no file holds`);
    return undefined;
  }
  return interview.choose(question(option), candidates, `no file tells it: name it with --${option}`);
}

/** Of what Flux substitutes that which these files hold. */
function substituted(
  tree: Tree,
  files: Edited,
  kustomization: FluxKustomization | undefined,
): Pick<Deployer['gitops'], 'substitute'> {
  const texts = files.map((file) => tree.read(file) ?? '');
  const used = Object.entries(kustomization?.substitute ?? {}).filter(([name]) =>
    texts.some((text) => new RegExp(`\\$\\{${name}\\b`).test(text)),
  );
  return used.length === 0 ? {} : { substitute: Object.fromEntries(used) };
}
