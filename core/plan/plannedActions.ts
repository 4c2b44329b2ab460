import { endAsked, endInWords } from '../authentik/endOfAccess.ts';
import { enumerated } from '../base/words.ts';
import { editsAt } from '../changes/entry.ts';
import { sectionsOfClient } from '../edits/blueprint/clientParts.ts';
import { keysOf } from '../kubernetes/ourEntries.ts';
import type { Names } from '../names/names.ts';
import { writtenConsumers } from '../consumers/consumersOf.ts';
import { deployerTraits } from '../installation/deployers.ts';
import { type Delivered, deliveredOf, secretKeysOf } from '../names/delivered.ts';
import { deliveryOf } from '../kubernetes/delivery.ts';
import type { Installation } from '../installation/installation.ts';
import { boundBy, boundLabel } from '../registration/boundTo.ts';
import type { PlannedAction } from './plan.ts';
import { type Job, changedBy, changesResource, meetsOldPods, needsNewPods } from '../run/job.ts';
import type { Registration } from '../registration/registration.ts';
import { vaultOf } from '../vault/vaults.ts';

export type PlannedJob = Pick<
  Job,
  'registration' | 'names' | 'wanted' | 'before' | 'edits' | 'repair' | 'mode' | 'land' | 'landBy'
>;

/** What a run would do beside the edits of files, in the order in which it would. Pure: the words come from the plan alone. */
export function plannedActions(job: PlannedJob, installation: Installation): readonly PlannedAction[] {
  const landing = landingOf(job, installation);
  return [
    ...(meetsOldPods(job)
      ? [podsAnew(installation, 'each has started since the Secret was last written: one may hold an older secret')]
      : []),
    ...deliveredOf(job.names).map((value) => vaultAction(job, value, installation)),
    ...(job.land === 'first' ? landing : []),
    ...deployments(job, installation),
    ...authentikActions(job),
    ...consumerActions(job, installation),
    ...(job.land === 'last' ? landing : []),
  ];
}

function vaultAction(
  { before, names }: PlannedJob,
  { what, vaultField }: Delivered,
  installation: Installation,
): PlannedAction {
  const { system, place } = vaultOf(installation, names);
  const field = `field "${vaultField}" of ${place}`;
  if (what === 'client id') {
    const id = `client id ${names.clientId}`;
    return {
      system,
      what: before.clientIdField === true ? `keep the client id that is in ${field}` : `put ${id} into ${field}`,
    };
  }
  // Its id is known of every one that is there.
  const made = names.vaultItem !== undefined && names.vaultItem.id === undefined ? ', which is made for it' : '';
  return {
    system,
    what: before.vaultField ? `keep the secret that is in ${field}` : `make a secret and put it into ${field}${made}`,
  };
}

function landingOf({ edits, land, landBy }: PlannedJob, { gitops }: Installation): readonly PlannedAction[] {
  if (edits.every(({ kind }) => kind === 'alreadyThere')) return [];
  const when = land === 'last' ? 'once everything is proven' : 'before anything is deployed';
  const how =
    landBy === 'pullRequest'
      ? `propose the change of the files for ${gitops.branch} and wait until people have merged it`
      : `land the change of the files on ${gitops.branch} in one step`;
  return [{ system: 'Git', what: `${how}, ${when}` }];
}

function deployments(job: PlannedJob, installation: Installation): readonly PlannedAction[] {
  const { edits, names, repair } = job;
  const { authentik } = installation;
  const due = (entry: 'externalSecret' | 'deployment' | 'configMap'): boolean =>
    changesResource({ edits }, entry) || (repair?.deploy.includes(entry) ?? false);
  const deployer = deployerTraits(installation);
  const { helmRelease: _makesPods, ...others } = authentik;
  const of = (kind: string, name: string, why: string): PlannedAction => ({
    system: deployer.system,
    what: `${deployer.deploy(kind === 'Deployment' ? authentik : others)} ${kind} ${authentik.namespace}/${name} in cluster ${authentik.cluster}: ${why}`,
  });
  const { externalSecret, deployment, blueprints } = authentik;
  const keys = keysOf(names);
  const isMountOnly = editsAt(edits, 'deployment').length === 0 && changedBy({ edits }, 'blueprintItem');
  const values = enumerated(deliveredOf(names).map((value) => deliveryOf(value).label));
  const brought = isMountOnly ? enumerated(pathsOf(names).map((path) => `file ${path}`)) : values;
  const restart = due('deployment') || repair?.restart === true;
  return [
    ...(due('externalSecret')
      ? [
          of(
            'ExternalSecret',
            externalSecret.name,
            `the Secret gets ${names.keptId === undefined ? 'the key' : 'the keys'} ${secretKeysOf(names)}`,
          ),
        ]
      : []),
    // Where a generator makes the ConfigMap, the blueprint is a file of its own.
    ...(due('configMap') || changedBy({ edits }, 'generator')
      ? [
          of(
            'ConfigMap',
            blueprints.configMap,
            `its ${keys.length === 1 ? 'key' : 'keys'} ${keys.join(' and ')} ${keys.length === 1 ? 'gets' : 'get'} the blueprint that is asked for`,
          ),
        ]
      : []),
    ...(restart ? [of('Deployment', deployment.name, `new pods, with the ${brought}`)] : []),
    ...((!restart || isMountOnly) && needsNewPods(job)
      ? [podsAnew(installation, `somebody has: envFrom gives the ${values} to new ones alone`)]
      : []),
  ];
}

function podsAnew({ authentik }: Installation, unless: string): PlannedAction {
  const { namespace, deployment, cluster } = authentik;
  const pods = `the pods of Deployment ${namespace}/${deployment.name} in cluster ${cluster}`;
  return { system: 'Kubernetes', what: `restart ${pods}, unless ${unless}` };
}

/** What the run itself does at consumers; what people do stands in `remaining`. */
export function consumerActions(
  { registration, edits }: Pick<PlannedJob, 'registration' | 'edits'>,
  installation: Installation,
): readonly PlannedAction[] {
  return writtenConsumers(registration)
    .filter(({ written, entry }) => changedBy({ edits }, entry(written.readsField)))
    .flatMap(({ consumer, written }) => written.action?.(consumer, installation) ?? []);
}

function signIn(access: Registration['spec']['access'], mode: string): string {
  if (!('groups' in access)) return 'let every user sign in';
  const bound = boundBy(access);
  const told = bound
    .map(boundLabel)
    .map((label) => {
      const end = endAsked(access, label);
      return typeof end === 'string' ? `${label} (${endInWords(end)})` : label;
    })
    .join(', ');
  const byAll = mode === 'all' && bound.length > 1;
  if (bound.some(({ kind }) => kind !== 'group'))
    return `let sign in whom ${byAll ? 'all of these let' : 'one of these lets'} in: ${told}`;
  return byAll ? `let only members of all of ${told} sign in` : `let members of ${told} sign in`;
}

/** Paths of the client's blueprints, in the order in which they are applied. */
function pathsOf(names: Names): readonly string[] {
  return sectionsOfClient(names).map(({ section }) => section.blueprintPath);
}

function authentikActions({ registration, names, before, mode, wanted }: PlannedJob): readonly PlannedAction[] {
  const { access, groups, redirectUris } = registration.spec;
  const is = (there: boolean): string => (there ? 'bring up to date' : 'make');
  const [uris, afterwards] = [undefined, 'logout'].map((asked) =>
    redirectUris
      .filter(({ type }) => type === asked)
      .map(({ matchingMode, url }) => (matchingMode === 'strict' ? url : `${url} (${matchingMode})`))
      .join(', '),
  );
  const accounts = groups.flatMap((group) =>
    group.serviceAccounts.map(({ username }) => ({ username, group: group.name })),
  );
  const lines = [
    mode === 'apply'
      ? `apply blueprint ${pathsOf(names).join(', then ')}`
      : `wait until Authentik's discovery applies blueprint ${pathsOf(names).join(', then ')}`,
    `${is(before.provider)} ${deliveredOf(names).length === 0 ? 'public provider' : 'provider'} "${names.providerName}" with client id ${names.clientId}, redirecting to ${uris}${afterwards === '' ? '' : `, and after a logout to ${afterwards}`}`,
    `${is(before.application)} application "${registration.spec.displayName}" with slug ${names.slug}`,
    signIn(access, wanted.application.policyEngineMode),
    ...groups.map(({ name }) =>
      before.groups.includes(name) ? `keep group ${name}, which is there` : `make group ${name}`,
    ),
    ...accounts.map(
      ({ username, group }) => `${is(before.users.includes(username))} service account ${username} in group ${group}`,
    ),
  ];
  const { bindingsToGo = [], dropped } = before.values ?? {};
  const noLonger = [...(dropped?.groups ?? []), ...(dropped?.users ?? [])];
  const going = [
    ...(bindingsToGo.length === 0
      ? []
      : [`delete ${bindingsToGo.length} of its bindings, once all that are asked for stand`]),
    ...(noLonger.length === 0
      ? []
      : [`delete ${noLonger.join(', ')} at the end, where its own runs made them and nobody else uses them`]),
  ];
  return [...lines, ...going].map((what) => ({ system: 'Authentik', what }));
}
