import { deployerTraits } from '../../core/installation/deployers.ts';
import type { Installation, InstallationInput } from '../../core/installation/installation.ts';
import { sameRepository } from '../../core/installation/repositoryAddress.ts';
import { enumerated } from '../../core/base/words.ts';
import { fillPattern } from '../../core/names/names.ts';
import type { FileTexts } from '../../core/plan/unifiedDiff.ts';
import { vaultSettings } from '../../core/vault/settings.ts';
import { vaultOf } from '../../core/vault/vaults.ts';
import { type Deployer, deployerOf } from './deployer.ts';
import { addressesIn } from './finders/address.ts';
import { sharedSection } from './finders/blueprints.ts';
import { externalSecretsOf } from './finders/externalSecrets.ts';
import { folderOf, type GitTraces, withoutUser } from './finders/git.ts';
import { namingOf } from './finders/naming.ts';
import type { Standing } from './finders/standing.ts';
import type { Candidate, Interview } from './interview.ts';
import { objectsOf, type Objects } from './objects.ts';
import { question } from './questions.ts';
import type { Tree } from './tree.ts';
import { vaultSettingsOf } from './vault.ts';

interface Surveyed {
  readonly interview: Interview;
  readonly tree: Tree;
  readonly git: GitTraces;
}

interface Survey {
  readonly input: InstallationInput;
  /** Files of people's that are to change with it. */
  readonly made: readonly FileTexts[];
}

type Settings = Omit<InstallationInput, 'vault'> & { readonly vault: Readonly<Record<string, string>> };

/** What registrar.yaml is to say; undefined where something is missing, which the interview tells. Throws where the settings are refused. */
export async function survey(asked: Surveyed): Promise<Survey | undefined> {
  const { interview } = asked;
  const objects = await objectsOf(interview, asked.tree);
  if (objects === undefined) return undefined;
  const tree = asked.tree.with(objects.made);
  const surveyed = { ...asked, tree };
  const { worker, blueprints, externalSecret } = objects;
  const files = [...new Set([blueprints.file, externalSecret.file, worker.file])];
  const deployer = await deployerOf({ interview, tree, files, worker, remote: asked.git.remote });
  const vault = await vaultSettingsOf(interview, tree, objects);
  const settings = await settingsOf(surveyed, objects, deployer, vault);
  if (interview.problems.length > 0) return undefined;
  if (worker.isRendered === true)
    interview.notes.push(
      `${worker.file} is what Helm has rendered (app.kubernetes.io/managed-by): what is written there is lost when it is rendered anew, so write it into the values, too`,
    );
  if (deployer !== undefined && deployerTraits(deployer).maySubstitute)
    interview.notes.push(...unknownVariables(tree, files, deployer.gitops.substitute));
  return { input: settings as InstallationInput, made: objects.made };
}

async function settingsOf(
  surveyed: Surveyed,
  objects: Objects,
  deployer: Deployer | undefined,
  vault: Readonly<Record<string, string>>,
): Promise<Settings> {
  const { interview, tree } = surveyed;
  const { worker, blueprints, externalSecret } = objects;
  const clusters = clustersOf(interview, deployer);
  const substitute = deployer?.gitops.substitute;
  const url = await interview.enter(
    question('url'),
    addressesIn(tree, worker, substitute === false ? {} : (substitute ?? {})),
  );
  const section = sharedSection(blueprints);
  if (section !== undefined) interview.tell({ setting: 'authentik.blueprints.section' }, section, blueprints.file);
  const naming = namingIn(surveyed, objects, vault);
  return {
    apiVersion: 'oidc-registrar/v1',
    kind: 'Installation',
    gitops: await gitopsOf(surveyed, deployer, objects),
    clusters: clusters.all,
    ...(deployer?.argocd === undefined
      ? {}
      : { argocd: { cluster: clusters.argocd, ...namespaceOf(deployer.argocd.namespace) } }),
    vault,
    authentik: {
      url: url ?? '',
      cluster: clusters.authentik,
      namespace: (await interview.enter(question('namespace'), namespacesOf(tree, objects, deployer))) ?? '',
      ...deployer?.authentik,
      blueprints: {
        file: blueprints.file,
        configMap: blueprints.configMap,
        ...(blueprints.generatedFrom === undefined ? {} : { generatedFrom: blueprints.generatedFrom }),
        ...(blueprints.mountedAs === undefined ? {} : { mountedAs: blueprints.mountedAs }),
        ...(section === undefined ? {} : { section }),
      },
      externalSecret: { file: externalSecret.file, name: externalSecret.name },
      deployment: {
        file: worker.file,
        name: worker.name,
        container: worker.container,
        ...(worker.valuesPath === undefined ? {} : { valuesPath: worker.valuesPath }),
      },
      ...deliveryOf(objects),
    },
    ...(Object.keys(naming).length === 0 ? {} : { naming }),
  };
}

/** What Flux puts into these files from where no file tells, such as a Secret. */
function unknownVariables(
  tree: Tree,
  files: readonly string[],
  substitute: InstallationInput['gitops']['substitute'],
): readonly string[] {
  const known = new Set(Object.keys(substitute === false ? {} : (substitute ?? {})));
  return files.flatMap((file) => {
    const used = [...(tree.read(file) ?? '').matchAll(/(?<!\$)\$\{(\w+)\}/g)].map(([, name = '']) => name);
    const unknown = [...new Set(used)].filter((name) => !known.has(name));
    if (unknown.length === 0) return [];
    const names = enumerated(unknown.map((name) => `\${${name}}`));
    return `${file} holds ${names}, and no file tells what Flux puts there: write it under gitops.substitute, for an offline plan has no cluster to ask; write substitute: false where nothing is put there`;
  });
}

function namespaceOf(namespace: string | undefined): { readonly namespace?: string } {
  return namespace === undefined ? {} : { namespace };
}

/** Files of a Secret, where clients read theirs so and the worker mounts the ExternalSecret's. */
function deliveryOf({ standing, worker, externalSecret }: Objects): Partial<InstallationInput['authentik']> {
  const mounted = worker.secretFolders.find(({ secret }) => secret === externalSecret.target);
  const isRead = standing.some(({ secretFile, variable }) => secretFile !== undefined && variable === undefined);
  return mounted === undefined || !isRead ? {} : { delivery: 'file', secretFolder: mounted.folder };
}

function namingIn(
  { interview, tree }: Surveyed,
  { standing, worker, externalSecret, blueprints, made }: Objects,
  vault: object,
) {
  // Where a setting of the vault is still missing, no field is followed, and the problem has been told.
  const words = vaultSettings.safeParse(vault);
  if (!words.success) return {};
  const { data } = words;
  const vaultFor = ({ slug, displayName = slug }: Standing) => {
    const title = data.item === undefined ? undefined : fillPattern(data.item, slug, displayName);
    return vaultOf({ vault: data }, title === undefined ? {} : { vaultItem: { title, client: slug } });
  };
  const filled = externalSecretsOf(tree, worker);
  const naming = namingOf(standing, { worker, externalSecret, filled, vault: vaultFor });
  // Where no client stands, the Secret that the worker takes whole gives the names.
  const from = standing.length === 0 ? worker.file : made.length > 0 ? 'clients that stand' : blueprints.file;
  for (const [name, pattern] of Object.entries(naming)) interview.tell({ setting: `naming.${name}` }, pattern, from);
  return naming;
}

async function gitopsOf({ interview, tree, git }: Surveyed, deployer: Deployer | undefined, { blueprints }: Objects) {
  const { remote: theirs, branch: deployed, file = blueprints.file } = deployer?.found ?? {};
  const one = (value: string | undefined, from: string): readonly Candidate<string>[] =>
    value === undefined ? [] : [{ label: value, value, from }];
  const own = one(git.remote, 'git remote origin');
  const found = own.length > 0 ? own : one(withoutUser(theirs), file);
  const remote = withoutUser(await interview.enter(question('remote'), found));
  const branches = deployed === undefined ? one(git.branch, 'git, origin/HEAD') : one(deployed, file);
  const branch = await interview.enter(question('branch'), branches, 'main');
  const [folder] = folderOf(tree.objects('OidcClient', 'oidc-registrar/'));
  if (folder !== undefined) interview.tell({ setting: 'gitops.registrations' }, folder.value, folder.from);
  const [, host = 'localhost'] = /^(?:[a-z+]+:\/\/)?(?:[^@/]*@)?([^:/]+)/i.exec(remote ?? '') ?? [];
  return {
    remote: remote ?? '',
    ...(theirs === undefined || sameRepository(theirs, [remote ?? ''])
      ? {}
      : { aliases: [withoutUser(theirs) ?? theirs] }),
    ...(branch === undefined ? {} : { branch }),
    ...deployer?.gitops,
    ...(folder === undefined ? {} : { registrations: folder.value }),
    author: { name: 'oidc-registrar', email: `oidc-registrar@${host}` },
  };
}

/** Names are people's own: those that files give, or else that of their part. */
function clustersOf(interview: Interview, deployer: Deployer | undefined) {
  const found = deployer?.found.cluster;
  const authentik =
    interview.option(question('cluster')) ??
    found ??
    (deployer?.argocd?.clusterIsAuthentiks === false ? 'edge' : 'home');
  const named = interview.option(question('argocd-cluster'));
  const argocd =
    named ?? (deployer?.argocd?.clusterIsAuthentiks === true ? authentik : authentik === 'hub' ? 'argocd' : 'hub');
  const names = deployer?.argocd === undefined ? [authentik] : [...new Set([argocd, authentik])];
  // Two clusters must not both be the current one of a kubeconfig.
  const settings = (name: string) =>
    names.length === 1 ? {} : { kubeconfig: `/etc/oidc-registrar/${name}.kubeconfig` };
  const all: Installation['clusters'] = Object.fromEntries(names.map((name) => [name, settings(name)]));
  return { authentik, argocd, all };
}

/** What kustomize, the manifests or the deployer write, the one that has the last word first. */
function namespacesOf(
  tree: Tree,
  { externalSecret, worker }: Objects,
  deployer: Deployer | undefined,
): readonly Candidate<string>[] {
  const all = [
    [tree.kustomizedNamespace(externalSecret.file), externalSecret.file],
    [externalSecret.namespace, externalSecret.file],
    [worker.namespace, worker.file],
    [deployer?.found.namespace, deployer?.found.file ?? ''],
  ] as const;
  return all.flatMap(([value, from]) => (value === undefined ? [] : [{ label: value, value, from }])).slice(0, 1);
}
