import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { accessRules, consumerRules, type LiveNames } from '../../../core/doctor/accessRules.ts';
import type { Installation } from '../../../core/installation/installation.ts';
import { checkRegistration, readInstallation } from '../../../core/installation/readFiles.ts';
import { type AccessRule, describeRule } from '../../../core/kubernetes/accessRule.ts';
import { photosWith } from '../../fixtures/clients.ts';

// deploy/rbac.yaml has the names of registrar.example.yaml: what doctor asks must be what it grants, or one of the two is wrong.

const EXAMPLE = readInstallation(readFileSync('registrar.example.yaml', 'utf8'), 'registrar.example.yaml');

interface Role {
  readonly kind?: string;
  readonly metadata: { readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly rules?: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

/** The rules of some parts of the file, one line each. */
function granted(...parts: readonly string[]): readonly string[] {
  const documents = parseAllDocuments(readFileSync('deploy/rbac.yaml', 'utf8')).map((one) => one.toJS() as Role);
  const roles = documents.filter(
    ({ kind, metadata }) =>
      (kind ?? '').endsWith('Role') && parts.includes(metadata.labels?.['oidc-registrar/cluster'] ?? ''),
  );
  return roles
    .flatMap(({ metadata: { namespace }, rules = [] }) =>
      rules.flatMap(({ apiGroups: [group = ''], resources: [resource = ''], resourceNames = [undefined], verbs }) =>
        resourceNames.flatMap((name) => verbs.map((verb) => line({ namespace, verb, group, resource, name }))),
      ),
    )
    .toSorted();
}

type Written = { readonly [Key in keyof AccessRule]?: AccessRule[Key] | undefined };

function line(rule: Written): string {
  const { namespace, name, ...rest } = rule;
  return describeRule({
    ...(rest as AccessRule),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  });
}

const asked = (installation: Installation, live: LiveNames) =>
  accessRules(installation, live)
    .map((rule) => line(rule))
    .toSorted();

const LIVE: LiveNames = {
  secret: 'authentik-env',
  store: { kind: 'ClusterSecretStore', name: 'vault-orchard' },
  project: 'default',
};

it('asks for each rule of the file where Argo CD deploys', () => {
  expect(granted('hub', 'edge').length).toBeGreaterThan(15);
  expect(asked(EXAMPLE, LIVE)).toEqual(granted('hub', 'edge'));
});

it('asks for each rule of the file where Flux deploys', () => {
  const { argocd: _argocd, ...rest } = EXAMPLE;
  const { application: _application, ...authentik } = EXAMPLE.authentik;
  const installation: Installation = {
    ...rest,
    authentik: { ...authentik, deployBy: 'flux', kustomization: 'authentik', helmRelease: 'authentik' },
  };
  const live = {
    ...LIVE,
    gitRepository: { namespace: 'flux-system', name: 'flux-system' },
    substitutes: ['cluster-settings'],
  };
  expect(asked(installation, live)).toEqual(granted('edge', 'flux'));
});

it('asks nothing of names that nobody knows', () => {
  const all = asked(EXAMPLE, {});
  expect(all.filter((rule) => /^\w+ (secrets|\w*stores|appprojects)\b/.test(rule))).toEqual([]);
  expect(all).not.toEqual([]);
});

const photos = (consumer: object) => checkRegistration(photosWith(consumer), 'test');

it('asks for each rule of the file where a consumer is, and of whoever deploys it', () => {
  const rules = consumerRules(photos({ restart: ['photos'], cluster: 'hub', application: 'photos' }), EXAMPLE);
  const ofApplication = rules.filter(({ resource }) => resource === 'applications');
  expect(granted('consumer').length).toBeGreaterThan(9);
  expect(
    rules
      .filter((rule) => !ofApplication.includes(rule))
      .map((rule) => line(rule))
      .toSorted(),
  ).toEqual(granted('consumer'));
  expect(ofApplication.map((rule) => line(rule))).toEqual([
    'get applications.argoproj.io photos in namespace argocd',
    'patch applications.argoproj.io photos in namespace argocd',
  ]);
  expect(new Set(rules.map(({ cluster, client }) => `${cluster} ${client}`))).toEqual(new Set(['hub photos']));
});

it('asks of a consumer that nobody rolls for no Deployment, and of a store of the namespace there', () => {
  const store = { secretStoreRef: { kind: 'SecretStore', name: 'own' }, application: 'photos' };
  const rules = consumerRules(photos(store), EXAMPLE).map((rule) => line(rule));
  expect(rules).toContain('get secretstores.external-secrets.io own in namespace photos');
  expect(rules.filter((rule) => /deployments|pods|replicasets/.test(rule))).toEqual([]);
});
