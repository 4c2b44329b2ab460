import { describe, expect, it } from 'vitest';
import { envOfValues } from '../../../../core/edits/kubernetes/helmValues.ts';
import { addEnvEntry, removeEnvEntry } from '../../../../core/edits/kubernetes/deployment.ts';
import type { EnvEntry } from '../../../../core/edits/kubernetes/workerEnvironment.ts';
import { bothWays, changed, crlf } from '../bothWays.ts';
import { codeOf } from '../codeOf.ts';

const edit = { add: addEnvEntry, remove: removeEnvEntry };
const wanted: EnvEntry = {
  name: 'worker',
  container: 'worker',
  envVar: 'AUTHENTIK_ZOT_CLIENT_SECRET',
  secretName: 'authentik',
  secretKey: 'zot-client-secret',
};

const head = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: worker
spec:
  template:
    spec:
      containers:
`;
const container = `${head}        - name: proxy
          image: proxy
        - name: worker
          image: authentik
          env:
            - name: AUTHENTIK_WIKI_CLIENT_SECRET
              valueFrom:
                secretKeyRef:
                  name: authentik
                  key: wiki
            - name: AUTHENTIK_REDIS__HOST
              value: redis
          args: [worker]
`;

describe('addEnvEntry', () => {
  it('adds an entry after the last one, in the style of one that reads a Secret too', () => {
    const [start, end] = container.split('          args') as [string, string];
    expect(bothWays(edit, container, wanted)).toBe(`${start}            - name: AUTHENTIK_ZOT_CLIENT_SECRET
              valueFrom:
                secretKeyRef:
                  name: authentik
                  key: zot-client-secret
          args${end}`);
  });

  it('keeps the line breaks of Windows, and none at the end of the file', () => {
    const before = crlf(container.split('          args')[0] ?? '').trimEnd();
    expect(bothWays(edit, before, wanted)).toBe(
      `${before}${crlf(`
            - name: AUTHENTIK_ZOT_CLIENT_SECRET
              valueFrom:
                secretKeyRef:
                  name: authentik
                  key: zot-client-secret`)}`,
    );
  });

  it('follows a list that begins on the line of the container and stands flush with its key', () => {
    const before = `kind: Deployment
metadata:
  name: worker
spec:
  template:
    spec:
      containers:
      - env:
        - name: WIKI
          valueFrom:
            secretKeyRef:
              key: wiki
              name: "authentik"
        name: worker
`;
    const [start] = before.split('        name: worker') as [string];
    expect(bothWays(edit, before, wanted)).toBe(`${start}        - name: AUTHENTIK_ZOT_CLIENT_SECRET
          valueFrom:
            secretKeyRef:
              key: zot-client-secret
              name: "authentik"
        name: worker
`);
  });

  it('writes the entry out where no neighbour reads a Secret, and copies none that may be absent', () => {
    const before = `${head}      - name: worker
        env:
        - name: A
          valueFrom: {secretKeyRef: {name: a, key: b, optional: true}}
        - name: B
          value: |
            two
            lines
`;
    expect(bothWays(edit, before, wanted)).toBe(`${before}        - name: AUTHENTIK_ZOT_CLIENT_SECRET
          valueFrom:
            secretKeyRef:
              name: authentik
              key: zot-client-secret
`);
  });

  it('follows a neighbour in one line', () => {
    const before = `${head}      - name: worker
        env:
        - {name: WIKI, valueFrom: {secretKeyRef: {name: authentik, key: wiki}}}
`;
    expect(bothWays(edit, before, wanted)).toBe(
      `${before}        - {name: AUTHENTIK_ZOT_CLIENT_SECRET, valueFrom: {secretKeyRef: {name: authentik, key: zot-client-secret}}}\n`,
    );
  });

  it('leaves the comments after the list where they are', () => {
    const before = container.replace(
      '          args',
      '            # - name: OLD\n          # how it runs\n          args',
    );
    expect(bothWays(edit, before, wanted)).toBe(
      bothWays(edit, container, wanted).replace(
        '          args',
        '            # - name: OLD\n          # how it runs\n          args',
      ),
    );
  });

  it('touches the named container of the named Deployment only', () => {
    const other = container.replaceAll('worker', 'server');
    expect(bothWays(edit, `---\n${other}---\n${container}`, wanted)).toBe(
      `---\n${other}---\n${bothWays(edit, container, wanted)}`,
    );
  });

  it('shows both entries where one of that name reads another key', () => {
    const there = changed(addEnvEntry(container, { ...wanted, secretKey: 'other' })).text;
    const different = {
      kind: 'different',
      found: '{"name":"AUTHENTIK_ZOT_CLIENT_SECRET","valueFrom":{"secretKeyRef":{"name":"authentik","key":"other"}}}',
      wanted:
        '{"name":"AUTHENTIK_ZOT_CLIENT_SECRET","valueFrom":{"secretKeyRef":{"name":"authentik","key":"zot-client-secret"}}}',
    };
    expect(addEnvEntry(there, wanted)).toEqual(different);
    expect(removeEnvEntry(there, wanted)).toEqual(different);
  });

  it('never shows the value that someone wrote in clear', () => {
    const there = container.replace(
      'AUTHENTIK_REDIS__HOST\n              value: redis',
      `${wanted.envVar}\n              value: hunter2`,
    );
    expect(addEnvEntry(there, wanted)).toMatchObject({
      kind: 'different',
      found: '{"name":"AUTHENTIK_ZOT_CLIENT_SECRET","value":"…"}',
    });
  });

  it('takes the entry out after others have added theirs below it', () => {
    const ours = changed(addEnvEntry(container, wanted)).text;
    const later = ours.replace('          args', '            - name: LATER\n              value: x\n          args');
    expect(changed(removeEnvEntry(later, wanted)).text).toBe(
      container.replace('          args', '            - name: LATER\n              value: x\n          args'),
    );
  });
});

describe('a list of Helm values', () => {
  const values = { ...wanted, valuesPath: 'worker.env' };
  const entry = (pad: string): string => `${pad}- name: AUTHENTIK_ZOT_CLIENT_SECRET
${pad}  valueFrom:
${pad}    secretKeyRef:
${pad}      name: authentik
${pad}      key: zot-client-secret
`;

  it('gets one entry more, in the style of its neighbour', () => {
    const before = `# of the chart
global:
  env: &all
  - {name: A, value: "yes"}
worker:
  env:
  - valueFrom: {secretKeyRef: {name: authentik, key: wiki}}
    name: WIKI
  replicas: 2
`;
    expect(bothWays(edit, before, values)).toBe(
      before.replace(
        'name: WIKI\n',
        'name: WIKI\n  - valueFrom: {secretKeyRef: {name: authentik, key: zot-client-secret}}\n    name: AUTHENTIK_ZOT_CLIENT_SECRET\n',
      ),
    );
    expect(envOfValues(before, 'worker.env')).toEqual([
      { name: 'WIKI', valueFrom: { secretKeyRef: { name: 'authentik', key: 'wiki' } } },
    ]);
  });

  it('is made, with the mapping that holds it, where neither is there', () => {
    const before = 'authentik:\n    log_level: info\n# the end\n';
    const made = `worker:\n    env:\n${entry('        ')}`;
    expect(bothWays(edit, before, values)).toBe(before.replace('# the end', `${made}# the end`));
    expect(bothWays(edit, `${before}worker:\n    replicas: 2`, values)).toBe(
      `${before}worker:\n    replicas: 2\n    env:\n${entry('        ').trimEnd()}`,
    );
    expect(bothWays(edit, before, { ...values, valuesPath: 'chart.global.env' })).toContain(
      'chart:\n    global:\n        env:\n            - name',
    );
  });

  it('may stand in a HelmRelease beside other documents', () => {
    const before = `kind: HelmRepository\n---\nkind: HelmRelease\nspec:\n  values:\n    global:\n      env:\n${entry('        ').replaceAll(/zot|ZOT/g, 'wiki')}`;
    expect(bothWays(edit, before, { ...values, valuesPath: 'spec.values.global.env' })).toBe(
      `${before}${entry('        ')}`,
    );
  });

  it('is not made in a HelmRelease that has whole values from elsewhere, whose list it would replace', () => {
    const release = (valuesFrom: string, values: string): string =>
      `kind: HelmRelease\nspec:\n  valuesFrom:\n    - ${valuesFrom}\n  values:\n    worker:\n${values}`;
    const wanted = { ...values, valuesPath: 'spec.values.worker.env' };
    const whole = '{ kind: ConfigMap, name: shared }';
    expect(edit.add(release(whole, '      replicas: 1\n'), wanted)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('ConfigMap shared of spec.valuesFrom may set it') as string,
      remedy: expect.stringContaining('Write spec.values.worker.env with what') as string,
    });
    expect(edit.add(release(whole, '      env: []\n'), wanted).kind).toBe('changed');
    bothWays(edit, release('{ kind: Secret, name: db, targetPath: db.password }', '      replicas: 1\n'), wanted);
  });

  it('may stand in an Application of Argo CD, below a list of its sources', () => {
    const before = `kind: Application\nspec:\n  sources:\n    - chart: authentik\n      helm:\n        valuesObject:\n          worker:\n            replicas: 1\n    - ref: values\n`;
    const valuesPath = 'spec.sources.0.helm.valuesObject.worker.env';
    const made = `            env:\n${entry('              ')}`;
    expect(bothWays(edit, before, { ...values, valuesPath })).toBe(before.replace('    - ref', `${made}    - ref`));
  });

  it.each([
    ['flow style around a list that is not there', 'worker: {replicas: 2}\n', 'what holds env is not a block mapping'],
    ['values that may be merged', 'x: &x {env: []}\nworker:\n  <<: *x\n', 'worker.env may come from a "<<"'],
    [
      'two documents with such values',
      'worker: {a: b}\n---\nworker: {a: b}\n',
      'it holds 2 documents with values of worker',
    ],
    ['no values', '', 'it holds 0 documents with values of worker'],
  ])('is refused with %s', (_, text, reason) => {
    expect(addEnvEntry(text, values)).toEqual({
      ...codeOf(addEnvEntry(text, values)),
      kind: 'refused',
      reason: expect.stringContaining(reason) as string,
      addByHand: expect.stringContaining('- name: AUTHENTIK_ZOT_CLIENT_SECRET') as string,
    });
    expect(envOfValues(text, 'worker.env') ?? []).toEqual([]);
  });
});

describe('a container without env', () => {
  const entry = (pad: string): string => `${pad}- name: AUTHENTIK_ZOT_CLIENT_SECRET
${pad}  valueFrom:
${pad}    secretKeyRef:
${pad}      name: authentik
${pad}      key: zot-client-secret
`;

  it('gets the list below what people write above it, indented as that of the containers', () => {
    const top = `${head}        - name: worker\n          image: x\n          envFrom:\n            - secretRef: {name: a}\n`;
    const rest = '          resources: {}\n      initContainers:\n        - name: worker\n';
    expect(bothWays(edit, top + rest, wanted)).toBe(`${top}          env:\n${entry('            ')}${rest}`);
    const flush = `${head.replace('  spec:\n      containers', '  spec:\n      containers')}      - image: x\n        name: worker\n`;
    expect(bothWays(edit, flush, wanted)).toBe(
      `${flush.replace('        name: worker\n', '')}        env:\n${entry('        ')}        name: worker\n`,
    );
  });
});

describe('addEnvEntry refuses', () => {
  const twice = '            - name: AUTHENTIK_ZOT_CLIENT_SECRET\n              value: a\n';

  it.each([
    [
      'a list that may be merged',
      `x: &x {env: []}\n${head}        - name: worker\n          <<: *x\n`,
      'worker',
      'env may come from a "<<" beside it',
    ],
    ['an unknown container', container, 'other', 'the Deployment has no container other (there are: '],
    [
      'no containers',
      `${head.replace('containers', 'initContainers')}        - name: worker\n`,
      'worker',
      'no list of containers',
    ],
    [
      'env that is a mapping',
      `${head}        - name: worker\n          env: {A: b}\n`,
      'worker',
      'env is no list of mappings',
    ],
    [
      'env behind an alias',
      `x: &e\n  - name: A\n${head}        - name: worker\n          env: *e\n`,
      'worker',
      'is behind an alias',
    ],
    [
      'env that another container repeats',
      `${container.replace('env:', 'env: &env')}        - name: server\n          env: *env\n`,
      'worker',
      'containers.1.env is shared by the anchor &env',
    ],
    [
      'a container that another one repeats',
      `${container.replace('- name: worker', '- &w\n          name: worker')}      initContainers:\n        - *w\n`,
      'worker',
      'is shared by the anchor &w',
    ],
    [
      'another kind',
      container.replace('kind: Deployment', 'kind: StatefulSet'),
      'worker',
      'it holds 0 documents of kind Deployment',
    ],
    [
      'text that is not YAML',
      container.replace('image: proxy', 'image: "proxy'),
      'worker',
      'it does not parse as YAML, line ',
    ],
    [
      'an entry of that name twice',
      container.replace('          args', `${twice}${twice}          args`),
      'worker',
      'holds 2 entries with name',
    ],
  ])('%s', (_, text, name, reason) => {
    const outcome = addEnvEntry(text, { ...wanted, container: name });
    expect(outcome).toEqual({
      ...codeOf(outcome),
      kind: 'refused',
      reason: expect.stringContaining(reason) as string,
      addByHand: `            - name: AUTHENTIK_ZOT_CLIENT_SECRET
              valueFrom:
                secretKeyRef:
                  name: authentik
                  key: zot-client-secret`,
    });
  });
});
