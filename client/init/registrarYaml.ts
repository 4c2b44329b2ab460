import {
  type Document,
  Document as YamlDocument,
  isMap,
  isNode,
  isScalar,
  Scalar,
  type Pair,
  type YAMLMap,
} from 'yaml';
import type { InstallationInput } from '../../core/installation/installation.ts';
import type { Found } from './interview.ts';

/** What stands above a setting, for whoever reads the file for the first time. */
const ABOVE: Readonly<Record<string, string>> = {
  gitops:
    'The repository that is deployed, and how a change comes into it. docs/reference/registrar-yaml.md has every setting.',
  'gitops.land':
    'last: verified first, then landed; for an Application without automated sync. first: landed first, then deployed and verified.',
  'gitops.substitute':
    'What Flux puts in the place of ${NAME} in these files, for an offline plan has no cluster to ask.',
  clusters: 'Names of your own. Without kubeconfig: KUBECONFIG, ~/.kube/config, or the service account of the pod.',
  vault: 'No token stands here: it comes from the environment (.env.example beside the files of deploy/).',
  'authentik.deployBy':
    'Who deploys the three objects below: argocd, flux, or external, somebody else who follows the branch.',
  'authentik.blueprints': 'The ConfigMap of the blueprints.',
  'authentik.externalSecret': 'It brings the client secrets to the worker.',
  'authentik.deployment': 'The worker: it applies the blueprints, so the client secrets must reach it.',
  naming: 'As the clients that stand are called. {name}, {NAME} and {displayName} are replaced.',
};

/** What nobody can tell from a repository, to be taken up by whoever needs it. */
const BELOW = ` Further settings, which have defaults (docs/reference/registrar-yaml.md):
 provider: flows, signing key and subject of every client
 policy: what whoever may write a registration may ask for (docs/reference/policy.md)
 notify: {shape: ntfy}   # tells people of runs that wait or fail; its address goes to REGISTRAR_NOTIFY_URL`;

/** The text of registrar.yaml, each value that was found with the file that tells it. */
export function registrarYaml(input: InstallationInput, found: readonly Found[]): string {
  const document: Document = new YamlDocument(input);
  for (const [path, text] of Object.entries(ABOVE)) commentAbove(document, path.split('.'), ` ${text}`);
  for (const { setting, from } of found) commentBehind(document, setting.split('.'), ` ${from}`);
  for (const { key } of (document.contents as YAMLMap<Scalar>).items.slice(2)) key.spaceBefore = true;
  document.commentBefore =
    ' registrar.yaml: where things are, as oidc-registrar init has found them. Behind a value stands what tells it.';
  document.comment = BELOW;
  return document.toString({ lineWidth: 0 });
}

function pairAt(document: Document, path: readonly string[]): Pair | undefined {
  const holder = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  return isMap(holder) ? holder.items.find(({ key }) => (isScalar(key) ? key.value : key) === path.at(-1)) : undefined;
}

function commentAbove(document: Document, path: readonly string[], text: string): void {
  const pair = pairAt(document, path);
  if (pair === undefined) return;
  const key = isNode(pair.key) ? pair.key : new Scalar(pair.key);
  key.commentBefore = text;
  pair.key = key;
}

/** Behind a text; of several settings in one place, as file and name of an object, the file says it already. */
function commentBehind(document: Document, path: readonly string[], text: string): void {
  const value = pairAt(document, path)?.value;
  if (isScalar(value)) value.comment = text;
}
