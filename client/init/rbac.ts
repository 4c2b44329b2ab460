import { type Document, isMap, isNode, isSeq, parseAllDocuments } from 'yaml';
import { at } from '../../core/base/own.ts';
import { fluxPlace, helmReleaseRef, kustomizationRef } from '../../core/installation/fluxPlace.ts';
import type { Installation } from '../../core/installation/installation.ts';
import { storeRefOf } from '../../core/kubernetes/secretStores.ts';
import { readResource } from '../../core/kubernetes/manifests.ts';
import { nameOf, type Tree, words } from './tree.ts';

/** Which part of deploy/rbac.yaml a document belongs to: its label there. */
const LABEL = ['metadata', 'labels', 'oidc-registrar/cluster'];
type Part = 'hub' | 'edge' | 'flux';

/** What one part of the template becomes. */
interface Place {
  /** The cluster's name in registrar.yaml. */
  readonly cluster: string;
  readonly namespace: string;
  /** Names for each kind of resource; a rule of any other kind stays as it is, and one of no name goes. */
  readonly names: Readonly<Record<string, readonly (string | undefined)[]>>;
  /** A store of the namespace, for which the template has a rule in a comment. */
  readonly secretStore?: string;
}

/**
 * The project's deploy/rbac.yaml for one installation: the parts that it needs, with its names. What belongs to consumers of
 * registrations stays in the template, for no registration is known yet.
 */
export function rbacFor(template: string, installation: Installation, tree: Tree): string {
  const places = placesOf(installation, tree);
  const home = places.edge;
  const documents = parseAllDocuments(template).flatMap((document) => {
    const part = document.getIn(LABEL) as string;
    const place = part === 'hub' || part === 'edge' || part === 'flux' ? places[part] : undefined;
    if (place === undefined) return [];
    const isSame = place.cluster === home.cluster && part !== 'edge';
    // Where two parts share a cluster they share its identity.
    if (isSame && document.get('kind') === 'ServiceAccount') return [];
    return fill(document, part as Part, place, isSame ? home.namespace : place.namespace) ? [document] : [];
  });
  const kinds = new Set(documents.map(roleOf));
  const bound = documents.filter((document) => document.get('roleRef') === undefined || kinds.has(refOf(document)));
  const clusters = [...new Set([places.hub?.cluster, home.cluster].filter((each) => each !== undefined))];
  return `${headOf(clusters)}${bound.map(textOf).join('---\n')}`;
}

const roleOf = (document: Document.Parsed): string =>
  `${String(document.get('kind'))}/${String(document.getIn(['metadata', 'namespace']))}/${String(document.getIn(['metadata', 'name']))}`;

/** The role that a binding is of, called as {@link roleOf} does. */
const refOf = (document: Document.Parsed): string =>
  `${String(document.getIn(['roleRef', 'kind']))}/${String(document.getIn(['metadata', 'namespace']))}/${String(document.getIn(['roleRef', 'name']))}`;

function textOf(document: Document.Parsed): string {
  return document.toString({ lineWidth: 0, flowCollectionPadding: false, directives: false });
}

function headOf(clusters: readonly string[]): string {
  const commands = clusters.map(
    (cluster) => `#   kubectl --context ${cluster} apply -f rbac.yaml -l oidc-registrar/cluster=${cluster}`,
  );
  return [
    '# What the worker of oidc-registrar needs in Kubernetes, with the names of registrar.yaml beside it. docs/reference/permissions.md',
    '# says what each rule is for; consumers of kind externalSecret need the part that deploy/rbac.yaml of the project ends with.',
    '#',
    ...commands,
    '',
    '',
  ].join('\n');
}

/** Puts the names into one document. Resolves with whether anything of it is needed. */
function fill(document: Document.Parsed, part: Part, place: Place, identity: string): boolean {
  // What stands above a document is about the template.
  const [first] = isMap(document.contents) ? document.contents.items : [];
  document.commentBefore = null;
  if (document.contents !== null) document.contents.commentBefore = null;
  if (isNode(first?.key)) first.key.commentBefore = null;
  document.setIn(LABEL, place.cluster);
  const isOfRelease = part === 'flux' && document.getIn(['metadata', 'name']) === 'oidc-registrar-flux';
  if (document.hasIn(['metadata', 'namespace'])) {
    const [release] = place.names['helmreleases namespace'] ?? [];
    document.setIn(['metadata', 'namespace'], isOfRelease ? release : place.namespace);
    if (isOfRelease && release === undefined) return false;
  }
  if (document.hasIn(['subjects', 0, 'namespace'])) document.setIn(['subjects', 0, 'namespace'], identity);
  const rules = document.get('rules', true);
  if (!isSeq(rules)) return true;
  rules.items = rules.items.filter((rule) => {
    const kind = isMap(rule) ? String(rule.getIn(['resources', 0])) : '';
    const names = place.names[kind];
    if (!isMap(rule) || names === undefined || !rule.has('resourceNames')) return true;
    const known = names.filter((name) => name !== undefined);
    if (known.length > 0) rule.set('resourceNames', document.createNode(known, { flow: true }));
    return known.length > 0;
  });
  // Its last comment is a rule for a store of the namespace.
  if (document.get('kind') === 'Role') rules.comment = null;
  if (place.secretStore !== undefined && document.get('kind') === 'Role')
    rules.add(
      document.createNode(
        {
          apiGroups: ['external-secrets.io'],
          resources: ['secretstores'],
          resourceNames: [place.secretStore],
          verbs: ['get'],
        },
        { flow: true },
      ),
    );
  return rules.items.length > 0;
}

function placesOf(
  installation: Installation,
  tree: Tree,
): Readonly<Record<'edge', Place>> & Partial<Record<Part, Place>> {
  const { authentik, argocd } = installation;
  const { externalSecret, blueprints, deployment, application } = authentik;
  const spec = readResource(tree.read(externalSecret.file) ?? '', 'ExternalSecret', externalSecret.name)?.['spec'];
  const store = storeRefOf(spec);
  const flux = fluxPlace(installation);
  const edge = {
    cluster: authentik.cluster,
    namespace: authentik.namespace,
    names: {
      secrets: [words(at(spec, 'target', 'name')) ?? externalSecret.name],
      configmaps: [blueprints.configMap],
      externalsecrets: [externalSecret.name],
      deployments: [deployment.name],
      clustersecretstores: [store?.kind === 'ClusterSecretStore' ? store.name : undefined],
    },
    ...(store?.kind === 'SecretStore' ? { secretStore: store.name } : {}),
  };
  const object = (kind: string, name: string | undefined): unknown =>
    tree.objects(kind).find((each) => nameOf(each.object) === name)?.object;
  return {
    edge,
    ...(argocd === undefined
      ? {}
      : {
          hub: {
            cluster: argocd.cluster,
            namespace: argocd.namespace,
            names: {
              applications: [application],
              appprojects: [words(at(object('Application', application), 'spec', 'project')) ?? 'default'],
              leases: [`oidc-registrar-${application}`],
            },
          },
        }),
    ...(flux === undefined ? {} : { flux: fluxPart(installation, flux, object) }),
  };
}

function fluxPart(
  installation: Installation,
  { cluster, namespace }: NonNullable<ReturnType<typeof fluxPlace>>,
  object: (kind: string, name: string | undefined) => unknown,
): Place {
  const kustomization = kustomizationRef(installation);
  const helmRelease = helmReleaseRef(installation);
  const found = object('Kustomization', kustomization?.name);
  const from = at(found, 'spec', 'postBuild', 'substituteFrom');
  const maps = (Array.isArray(from) ? from : []).filter((each) => at(each, 'kind') === 'ConfigMap');
  return {
    cluster,
    namespace: kustomization?.namespace ?? namespace,
    names: {
      kustomizations: [kustomization?.name],
      gitrepositories: [words(at(found, 'spec', 'sourceRef', 'name')) ?? 'flux-system'],
      configmaps: maps.map((each) => words(at(each, 'name'))),
      helmreleases: [helmRelease?.name],
      'helmreleases namespace': [helmRelease?.namespace],
    },
  };
}
