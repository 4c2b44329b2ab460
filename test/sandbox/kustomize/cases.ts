/** What kustomize 5.8.1 answered to each case, its objects in order of their kinds; null where it refused. */
export const RESULTS = new URL('./results.json', import.meta.url);

/** Files of a folder that kustomize builds. */
export interface KustomizeCase {
  readonly name: string;
  readonly kustomization: string;
  readonly patch?: string;
}

const RESOURCES: Readonly<Record<string, string>> = {
  'worker.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: worker
  labels: {app: authentik}
spec:
  replicas: 2
  selector:
    matchLabels: {app: authentik}
  template:
    metadata:
      labels: {app: authentik}
    spec:
      initContainers:
        - name: wait
          image: busybox
      containers:
        - name: worker
          image: ghcr.io/goauthentik/server:2026.5.0
          args: ["worker"]
          env:
            - name: A
              value: "1"
            - name: B
              valueFrom:
                secretKeyRef: {name: env, key: b}
          volumeMounts:
            - {name: blueprints, mountPath: /blueprints/custom}
            - {name: blueprints, mountPath: /blueprints/more, subPath: more}
        - name: sidecar
          image: registry.example:5000/side/car@sha256:0000000000000000000000000000000000000000000000000000000000000000
      volumes:
        - name: blueprints
          configMap: {name: blueprints}
`,
  'secret.yaml': `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: env
spec:
  refreshInterval: 1h
  target: {name: env}
  data:
    - secretKey: a
      remoteRef: {key: item, property: a}
    - secretKey: b
      remoteRef: {key: item, property: b}
`,
  'map.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: blueprints
data:
  a.yaml: one
  b.yaml: two
`,
};

const HEAD = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: identity
resources: [worker.yaml, secret.yaml, map.yaml]
`;

const of = (name: string, more: string, patch?: string): KustomizeCase => ({
  name,
  kustomization: HEAD + more,
  ...(patch === undefined ? {} : { patch }),
});

const OF_WORKER = 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: worker\nspec:\n';

export const CASES: readonly KustomizeCase[] = [
  of('nothing more', ''),
  of('an image by a new tag', 'images:\n  - name: ghcr.io/goauthentik/server\n    newTag: "2026.8"\n'),
  of(
    'an image by a new name alone',
    'images:\n  - name: ghcr.io/goauthentik/server\n    newName: mirror.example/server\n',
  ),
  of(
    'images by digest, and of an init container without a tag',
    `images:
  - name: ghcr.io/goauthentik/server
    digest: sha256:1111111111111111111111111111111111111111111111111111111111111111
  - name: busybox
    newName: mirror.example/busybox
    newTag: "1.37"
`,
  ),
  of(
    'a new tag in place of a digest, at a registry with a port',
    'images:\n  - name: registry.example:5000/side/car\n    newTag: v2\n',
  ),
  of('an image whose name only begins so', 'images:\n  - name: ghcr.io/goauthentik\n    newTag: v2\n'),
  of('replicas', 'replicas:\n  - name: worker\n    count: 5\n'),
  of(
    'a patch of a file: variables, a mount by its path, a field that goes',
    'patches:\n  - path: patch.yaml\n',
    `${OF_WORKER}  replicas: null
  template:
    spec:
      containers:
        - name: worker
          env:
            - name: C
              value: "3"
            - name: B
              value: plain
              valueFrom: null
          volumeMounts:
            - mountPath: /blueprints/more
              readOnly: true
`,
  ),
  of(
    'a patch that deletes by $patch, and one that replaces',
    'patches:\n  - path: patch.yaml\n',
    `${OF_WORKER}  template:
    metadata:
      labels:
        $patch: replace
        tier: worker
    spec:
      containers:
        - name: sidecar
          $patch: delete
        - name: worker
          env:
            - name: A
              $patch: delete
`,
  ),
  of(
    'a patch of two documents, one of which adds a container',
    'patches:\n  - path: patch.yaml\n',
    `${OF_WORKER}  template:
    spec:
      containers:
        - name: more
          image: more:1
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: blueprints
data:
  b.yaml: other
  c.yaml: three
`,
  ),
  of(
    'a patch of an ExternalSecret, whose list is replaced',
    'patches:\n  - path: patch.yaml\n',
    `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: env
spec:
  refreshInterval: 2h
  data:
    - secretKey: c
      remoteRef: {key: item, property: c}
`,
  ),
  of(
    'a patch inline, for what a target names',
    `patches:
  - target: {kind: Deploy.*, name: work.+}
    patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: whatever
      spec:
        minReadySeconds: 3
`,
  ),
  of(
    'a JSON patch',
    `patches:
  - target: {group: apps, version: v1, kind: Deployment, name: worker}
    patch: |
      - op: replace
        path: /spec/replicas
        value: 7
      - op: add
        path: /spec/template/spec/containers/0/env/-
        value: {name: Z, value: "26"}
      - op: remove
        path: /spec/template/spec/containers/0/env/0
`,
  ),
  of(
    'a target that names nothing',
    `patches:
  - target: {kind: StatefulSet}
    patch: |
      - {op: remove, path: /spec/replicas}
`,
  ),
  of(
    'a patch that names another namespace than the file',
    'patches:\n  - path: patch.yaml\n',
    OF_WORKER.replace('name: worker\n', 'name: worker\n  namespace: identity\n'),
  ),
  of('a patch of what is not there', 'patches:\n  - path: patch.yaml\n', OF_WORKER.replace('worker', 'other')),
  of('replicas of what is not there', 'replicas:\n  - name: other\n    count: 5\n'),
  of(
    'a JSON patch that does not apply',
    `patches:
  - target: {kind: Deployment}
    patch: |
      - {op: remove, path: /spec/nothing}
`,
  ),
  of(
    'all at once',
    `patches:
  - path: patch.yaml
replicas:
  - name: worker
    count: 4
images:
  - name: ghcr.io/goauthentik/server
    newTag: "2026.8"
  - name: more
    newTag: "2"
`,
    `${OF_WORKER}  replicas: 9
  template:
    spec:
      containers:
        - name: more
          image: more:1
`,
  ),
];

/** The files of a case, by their names in the folder. */
export function filesOf({ kustomization, patch }: KustomizeCase): Readonly<Record<string, string>> {
  return { ...RESOURCES, 'kustomization.yaml': kustomization, ...(patch === undefined ? {} : { 'patch.yaml': patch }) };
}

/** Objects in an order of their own. */
export function inOrder<T extends { readonly kind: string }>(objects: readonly T[]): readonly T[] {
  return objects.toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
}
