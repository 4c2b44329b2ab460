import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';

/** Of the chart's values those that decide what a worker's container is given. */
interface Values {
  readonly fullnameOverride?: string;
  readonly authentik?: Readonly<Record<string, unknown>> & {
    readonly enabled?: boolean;
    readonly existingSecret?: { readonly secretName?: string };
  };
  readonly global?: Common & { readonly fullnameOverride?: string; readonly image?: { readonly tag?: string } };
  readonly server?: Part;
  readonly worker?: Part;
  readonly blueprints?: { readonly configMaps?: readonly string[]; readonly secrets?: readonly string[] };
}

interface Common {
  readonly env?: readonly unknown[];
  readonly envFrom?: readonly unknown[];
  readonly volumes?: readonly unknown[];
  readonly volumeMounts?: readonly unknown[];
  readonly podAnnotations?: Readonly<Record<string, string>>;
}

interface Part extends Common {
  readonly enabled?: boolean;
  readonly replicas?: number;
  readonly deploymentStrategy?: unknown;
}

export interface Release {
  readonly name: string;
  readonly namespace: string;
}

/**
 * What goauthentik's chart 2026.8 makes of its values, as far as a worker's container goes: its own Secret, server and worker
 * (charts/authentik/templates of github.com/goauthentik/helm). Services, probes and the like are left out.
 */
export function authentikChart(release: Release, values: Values): readonly KubernetesObject[] {
  const own = values.authentik ?? {};
  const fullname = values.global?.fullnameOverride ?? values.fullnameOverride ?? fullnameOf(release.name);
  const existing = own.existingSecret?.secretName ?? '';
  const secret = own.enabled === false || existing !== '' ? [] : [ownSecret(fullname, release, own)];
  const from = existing === '' ? (own.enabled === false ? undefined : fullname) : existing;
  const parts = (['server', 'worker'] as const).filter((part) => values[part]?.enabled !== false);
  return [...secret, ...parts.map((part) => deployment({ part, fullname, release, values, from }))];
}

/** A release that is named after the chart does not name it twice. */
function fullnameOf(release: string): string {
  return release.includes('authentik') ? release : `${release}-authentik`;
}

/** Settings of `authentik` as variables: AUTHENTIK_POSTGRESQL__HOST and the like; those that are empty are left out. */
function ownSecret(
  name: string,
  { namespace }: Release,
  settings: Readonly<Record<string, unknown>>,
): KubernetesObject {
  const { enabled: _enabled, existingSecret: _existing, ...rest } = settings;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type: 'Opaque',
    data: Object.fromEntries(
      variables(rest).map(([key, value]) => [`AUTHENTIK_${key}`, Buffer.from(value).toString('base64')]),
    ),
  };
}

function variables(settings: object): readonly (readonly [string, string])[] {
  return Object.entries(settings).flatMap(([key, value]: [string, unknown]) => {
    if (typeof value === 'object' && value !== null)
      return variables(value).map(([inner, text]) => [`${key.toUpperCase()}__${inner}`, text] as const);
    const text = value === null ? '' : String(value);
    return text === '' ? [] : [[key.toUpperCase(), text] as const];
  });
}

interface Asked {
  readonly part: 'server' | 'worker';
  readonly fullname: string;
  readonly release: Release;
  readonly values: Values;
  /** Secret of the chart's own settings. */
  readonly from: string | undefined;
}

/** A container has the chart's Secret first, then what is global, then what is the part's own. */
function deployment({ part, fullname, release, values, from }: Asked): KubernetesObject {
  const { global = {}, [part]: own = {} } = values;
  const both = (field: 'env' | 'envFrom' | 'volumes' | 'volumeMounts') => [
    ...listOf(global, field),
    ...listOf(own, field),
  ];
  const mounts = part === 'worker' ? blueprintsOf(values) : [];
  const labels = {
    'app.kubernetes.io/name': 'authentik',
    'app.kubernetes.io/instance': release.name,
    'app.kubernetes.io/component': part,
  };
  const annotations = { ...global.podAnnotations, ...own.podAnnotations };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `${fullname}-${part}`, namespace: release.namespace, labels },
    spec: {
      replicas: own.replicas ?? 1,
      ...(own.deploymentStrategy === undefined ? {} : { strategy: own.deploymentStrategy }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
        spec: {
          containers: [
            {
              name: part,
              image: `ghcr.io/goauthentik/server:${global.image?.tag ?? '2026.8.0'}`,
              args: [part],
              env: both('env'),
              envFrom: [...(from === undefined ? [] : [{ secretRef: { name: from } }]), ...both('envFrom')],
              volumeMounts: [...both('volumeMounts'), ...mounts.map(({ name, mountPath }) => ({ name, mountPath }))],
            },
          ],
          volumes: [...both('volumes'), ...mounts.map(({ name, volume }) => ({ name, ...volume }))],
        },
      },
    },
  };
}

/** Throws where a template cannot take what the values hold. */
function listOf(part: Common, field: 'env' | 'envFrom' | 'volumes' | 'volumeMounts'): readonly unknown[] {
  const list: unknown = part[field] ?? [];
  if (Array.isArray(list)) return list;
  throw new Error(`template: authentik/templates: error calling range: can't iterate over ${String(list)} (${field})`);
}

function blueprintsOf({ blueprints = {} }: Values) {
  const maps = (blueprints.configMaps ?? []).map((name) => ({
    name: `blueprints-cm-${name}`,
    mountPath: `/blueprints/mounted/cm-${name}`,
    volume: { configMap: { name } } as object,
  }));
  const secrets = (blueprints.secrets ?? []).map((secretName) => ({
    name: `blueprints-secret-${secretName}`,
    mountPath: `/blueprints/mounted/secret-${secretName}`,
    volume: { secret: { secretName } } as object,
  }));
  return [...maps, ...secrets];
}
