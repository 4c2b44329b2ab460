import { describe, expect, it } from 'vitest';
import { environmentIn } from '../../../../core/edits/kubernetes/workerEnvironment.ts';
import type { WorkerPlace } from '../../../../core/edits/kubernetes/workerFile.ts';
import { variableSource, type VariableSource } from '../../../../core/kubernetes/containerEnvironment.ts';

const worker = { name: 'authentik-worker', container: 'worker' };
const values = { ...worker, valuesPath: 'worker.env' };

function sourceIn(text: string, place: WorkerPlace): VariableSource | undefined {
  const environment = environmentIn(text, place);
  if (environment === undefined) throw new Error('it cannot be read');
  return variableSource(environment, 'WIKI_SECRET', 'authentik-env');
}

function deployment(...lines: readonly string[]): string {
  return `kind: Deployment
metadata: { name: authentik-worker }
spec:
  template:
    spec:
      containers:
        - name: proxy
          envFrom: [{ secretRef: { name: authentik-env } }]
        - name: worker
${lines.map((line) => `          ${line}\n`).join('')}`;
}

const fromSecret = { by: 'envFrom', secret: 'authentik-env', key: 'WIKI_SECRET', later: [] };
const ENV_FROM = 'envFrom: [{ secretRef: { name: authentik-env } }]';

describe('a variable of a container comes from', () => {
  it.each<[string, readonly string[], unknown]>([
    ['nothing', ['image: x'], undefined],
    ['nothing where env and envFrom are empty', ['env: []', 'envFrom:'], undefined],
    ['nothing where another Secret alone is taken whole', ['envFrom: [{ secretRef: { name: other } }]'], undefined],
    [
      'a key that an entry names',
      ['env: [{ name: WIKI_SECRET, valueFrom: { secretKeyRef: { name: authentik-env, key: wiki } } }]'],
      { by: 'env', secret: 'authentik-env', key: 'wiki' },
    ],
    ['a Secret that is taken whole', [ENV_FROM], fromSecret],
    [
      'the key below the prefix',
      ['envFrom: [{ prefix: WIKI_, secretRef: { name: authentik-env } }]'],
      { ...fromSecret, key: 'SECRET' },
    ],
    [
      'nothing where the prefix is another',
      ['envFrom: [{ prefix: AUTHENTIK_, secretRef: { name: authentik-env } }]'],
      undefined,
    ],
    [
      'an entry that says it in clear, above envFrom',
      ['env: [{ name: WIKI_SECRET, value: x }]', ENV_FROM],
      { by: 'other' },
    ],
    [
      'an entry of a ConfigMap, above envFrom',
      [ENV_FROM, 'env: [{ name: WIKI_SECRET, valueFrom: { configMapKeyRef: { name: a, key: b } } }]'],
      { by: 'other' },
    ],
    [
      'the last of two entries',
      [
        'env:',
        '  - { name: WIKI_SECRET, value: x }',
        '  - { name: WIKI_SECRET, valueFrom: { secretKeyRef: { name: a, key: b } } }',
      ],
      { by: 'env', secret: 'a', key: 'b' },
    ],
    [
      'a Secret that later sources may cover',
      [
        'envFrom:',
        '  - configMapRef: { name: before }',
        '  - secretRef: { name: authentik-env }',
        '  - { prefix: OTHER_, secretRef: { name: prefixed } }',
        '  - configMapRef: { name: settings }',
        '  - { prefix: WIKI_, secretRef: { name: more } }',
      ],
      {
        ...fromSecret,
        later: [
          { kind: 'ConfigMap', name: 'settings', key: 'WIKI_SECRET' },
          { kind: 'Secret', name: 'more', key: 'SECRET' },
        ],
      },
    ],
  ])('%s', (_, lines, source) => {
    expect(sourceIn(deployment(...lines), worker)).toEqual(source);
  });

  it('nobody knows what, without that Deployment or container', () => {
    for (const text of ['kind: Service\n', deployment().replace('name: worker', 'name: server'), 'a: [b\n'])
      expect(environmentIn(text, worker)).toBeUndefined();
  });
});

describe('Helm values give a variable', () => {
  const envFrom = '[{ secretRef: { name: authentik-env } }]';

  it.each<[string, string, string, unknown]>([
    ['nothing', 'worker: { env: [] }\n', 'worker.env', undefined],
    ['by envFrom beside the list', `worker:\n  envFrom: ${envFrom}\n`, 'worker.env', fromSecret],
    ['by envFrom of all', `global:\n  envFrom: ${envFrom}\n`, 'worker.env', fromSecret],
    [
      'by envFrom of the worker, where the list is that of all',
      `worker: { envFrom: ${envFrom} }\n`,
      'global.env',
      fromSecret,
    ],
    [
      'by the Secret of the chart',
      'authentik: { existingSecret: { secretName: authentik-env } }\n',
      'global.env',
      fromSecret,
    ],
    [
      'not by a Secret of the chart without a name',
      'authentik: { existingSecret: { secretName: "" } }\n',
      'global.env',
      undefined,
    ],
    ['not by envFrom of the server', `server: { envFrom: ${envFrom} }\n`, 'worker.env', undefined],
    [
      'by the chart first, then for all, then for the worker',
      `authentik: { existingSecret: { secretName: authentik-env } }
worker: { envFrom: [{ configMapRef: { name: b } }] }
global: { envFrom: [{ secretRef: { name: a } }] }
`,
      'worker.env',
      {
        ...fromSecret,
        later: [
          { kind: 'Secret', name: 'a', key: 'WIKI_SECRET' },
          { kind: 'ConfigMap', name: 'b', key: 'WIKI_SECRET' },
        ],
      },
    ],
    [
      'by the entry of the worker above that of all',
      'global: { env: [{ name: WIKI_SECRET, valueFrom: { secretKeyRef: { name: a, key: b } } }] }\nworker: { env: [{ name: WIKI_SECRET, value: x }] }\n',
      'global.env',
      { by: 'other' },
    ],
    [
      'in a chart of other charts',
      `sso:\n  authentik: { existingSecret: { secretName: authentik-env } }\n`,
      'sso.global.env',
      fromSecret,
    ],
    [
      'in another chart, beside the list alone',
      `app: { main: { envFrom: ${envFrom} } }\nglobal: {}\n`,
      'app.main.env',
      fromSecret,
    ],
    [
      'in a HelmRelease, beside a document that has a spec too',
      `kind: OCIRepository\nspec: { url: x }\n---\nkind: HelmRelease\nspec: { values: { global: { envFrom: ${envFrom} } } }\n`,
      'spec.values.worker.env',
      fromSecret,
    ],
    [
      'as a mapping, in another chart',
      'app: { env: { WIKI_SECRET: { valueFrom: { secretKeyRef: { name: authentik-env, key: wiki } } } } }\n',
      'app.env',
      { by: 'env', secret: 'authentik-env', key: 'wiki' },
    ],
    [
      'as a mapping that says it in clear, above envFrom',
      `app: { env: { WIKI_SECRET: x }, envFrom: ${envFrom} }\n`,
      'app.env',
      { by: 'other' },
    ],
    [
      'in an Application of Argo CD',
      `kind: Application\nspec: { sources: [{ helm: { valuesObject: { worker: { envFrom: ${envFrom} } } } }] }\n`,
      'spec.sources.0.helm.valuesObject.worker.env',
      fromSecret,
    ],
  ])('%s', (_, text, valuesPath, source) => {
    expect(sourceIn(text, { ...values, valuesPath })).toEqual(source);
  });
});
