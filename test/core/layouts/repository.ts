import * as fc from 'fast-check';
import { listed, styles, written, type Style } from './style.ts';

/**
 * A generated file, and whether its layout is one of those that no edit can be made in safely; undefined where that hangs on which
 * line comes last in it.
 */
export interface Made {
  readonly text: string | undefined;
  readonly refused: boolean | undefined;
}

/** Mostly layouts that can be edited, now and then one that cannot. */
function shapes<const T extends string>(usual: readonly T[], refused: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 40, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...refused) },
  );
}

const many = <const T extends string>(first: T, ...others: readonly T[]) =>
  fc.array(fc.constantFrom(first, ...others), { minLength: 1, maxLength: 3 });

// An ExternalSecret -------------------------------------------------------------------------------------------------------

const secretEntry = (kind: string, i: number, { quote: q, comment }: Style): readonly string[] => {
  if (kind === 'flow') return [`- {secretKey: ${q}key-${i}${q}, remoteRef: {key: "Item", property: 'key-${i}'}}`];
  if (kind === 'dash') return ['-', `  secretKey: key-${i}`, '  remoteRef: {key: Item, property: x}'];
  if (kind === 'anchor') return [`- &entry${i}`, `  secretKey: key-${i}`, '  remoteRef: {key: Item, property: x}'];
  const lines = [`- secretKey: ${q}key-${i}${q}${comment}`, '  remoteRef:', `    key: ${q}Item (home)${q}`];
  if (kind === 'octal') return [...lines, '    property: "0755"', '    version: 0755'];
  if (kind === 'defaults')
    return [...lines, `    property: key-${i}`, '    conversionStrategy: Default', '    decodingStrategy: None'];
  return [...lines, `    property: ${q}key-${i}${q}${comment}`];
};

export const externalSecrets: fc.Arbitrary<Made> = fc
  .record({
    style: styles,
    shape: shapes(['data', 'data', 'data', 'dataFrom'], ['empty', 'flow', 'aliased', 'absent', 'template', 'other']),
    entries: many('plain', 'flow', 'defaults', 'dash', 'anchor', 'octal'),
    target: fc.boolean(),
    after: fc.boolean(),
  })
  .map(({ style, shape, entries, target, after }) => {
    const items = listed(
      style,
      1,
      entries.map((kind, i) => secretEntry(kind, i, style)),
    );
    const data = {
      data: ['›data:', ...items, ...style.below],
      dataFrom: ['›dataFrom:', ...listed(style, 1, [['- extract:', '    key: Other']])],
      empty: ['›data: []'],
      flow: ['›data: [{secretKey: a, remoteRef: {key: b, property: c}}]'],
      aliased: ['›data: &data', ...items, '›more: *data'],
      absent: ['›more: {}'],
      template: ['›data:', ...items, '›target: {template: {data: {a: b}}}'],
      other: ['›data:', ...items],
    };
    const lines = [
      'apiVersion: external-secrets.io/v1',
      `kind: ${shape === 'other' ? 'PushSecret' : 'ExternalSecret'}`,
      'metadata:',
      `›name: ${style.quote}authentik-config${style.quote}`,
      'spec:',
      '›refreshInterval: 1h',
      ...(target && shape !== 'template' ? ['›target: {name: authentik-secret}'] : []),
      ...data[shape],
      ...(after ? ['›secretStoreRef:', '››name: onepassword'] : []),
    ];
    return { text: written(style, lines), refused: !['data', 'dataFrom', 'flow'].includes(shape) };
  });

// A Deployment ------------------------------------------------------------------------------------------------------------

const envEntry = (kind: string, i: number, { quote: q, comment }: Style): readonly string[] => {
  switch (kind) {
    case 'value':
      return [`- name: ${q}V${i}${q}`, `  value: "on"${comment}`];
    case 'block':
      return [`- name: V${i}`, '  value: |', `    text ${i}`];
    case 'kept':
      return [`- name: V${i}`, '  value: |+', `    text ${i}`, ''];
    case 'flow':
      return [`- {name: V${i}, valueFrom: {secretKeyRef: {name: authentik-config, key: k${i}}}}`];
    case 'field':
      return [`- name: V${i}`, '  valueFrom: {fieldRef: {fieldPath: metadata.name}}'];
    case 'octal':
      return [`- name: V${i}`, '  value: 0755'];
    default:
      return [
        `- name: ${q}V${i}${q}`,
        '  valueFrom:',
        `    secretKeyRef:${comment}`,
        `      key: ${q}k${i}${q}`,
        `      name: authentik-config`,
      ];
  }
};

/** Lines of a container without the dash: `nested` puts it below its list. */
const dashed = (lines: readonly string[]): readonly string[] =>
  lines.map((line, i) => (line === '' ? '' : `${i === 0 ? '- ' : '  '}${line}`));

const inner = (style: Style, items: readonly (readonly string[])[]): readonly string[] =>
  items.flat().map((line) => (line === '' ? '' : `${style.flush ? '' : ' '.repeat(style.step)}${line}`));

export const deployments: fc.Arbitrary<Made> = fc
  .record({
    style: styles,
    shape: shapes(['env', 'env', 'absent'], ['empty', 'flow', 'merged', 'aliased', 'unknown', 'kustomization']),
    entries: many('ref', 'value', 'block', 'kept', 'flow', 'field', 'octal'),
    before: fc.boolean(),
    after: fc.boolean(),
    initContainers: fc.boolean(),
    envFrom: fc.boolean(),
    rest: fc.boolean(),
  })
  .map(({ style, shape, entries, before, after, initContainers, envFrom, rest }) => {
    if (shape === 'kustomization')
      return { text: 'kind: Kustomization\nresources: [https://example.org/x]\n', refused: true };
    const env = inner(
      style,
      entries.map((kind, i) => envEntry(kind, i, style)),
    );
    const list = {
      env: ['env:', ...env, ...(rest ? [] : style.below)],
      absent: [],
      empty: ['env: []'],
      flow: ['env: [{name: A, value: b}]'],
      merged: ['<<: *shared'],
      aliased: ['env: &env', ...env],
      unknown: [],
    };
    const worker = [
      `name: ${style.quote}${shape === 'unknown' ? 'server' : 'worker'}${style.quote}${style.comment}`,
      'image: ghcr.io/goauthentik/server:2026.5',
      'args: [worker]',
      ...(envFrom ? ['envFrom:', ...inner(style, [['- secretRef:', '    name: other']])] : []),
      ...list[shape],
      ...(rest ? ['resources: {limits: {cpu: 1}}'] : []),
    ];
    const other = (name: string): readonly string[] =>
      dashed([`name: ${name}`, 'env:', ...inner(style, [['- name: A', '  value: "no"']])]);
    const containers = [
      ...(before ? [other('proxy')] : []),
      dashed(worker),
      ...(after ? [other('exporter')] : []),
      ...(shape === 'aliased' ? [dashed(['name: twin', 'env: *env'])] : []),
    ];
    const lines = [
      ...(shape === 'merged' ? ['x-shared: &shared {env: []}'] : []),
      'apiVersion: apps/v1',
      'kind: Deployment',
      'metadata: {name: authentik-worker}',
      'spec:',
      '›template:',
      '››spec:',
      ...(initContainers ? ['›››initContainers:', ...listed(style, 3, [other('worker')])] : []),
      '›››containers:',
      ...listed(style, 3, containers),
      ...(rest ? ['›››volumes: []'] : []),
    ];
    const refused =
      !['env', 'absent', 'empty', 'flow'].includes(shape) || (cut(style, entries.at(-1)) ? undefined : false);
    return { text: written(style, lines), refused };
  });

/** Nothing may follow a block scalar that ends with its file and without a line break. */
const cut = (style: Style, last: string | undefined): boolean =>
  !style.finalNewline && (last === 'block' || last === 'kept');

// A Deployment that mounts single keys of the Secret ------------------------------------------------------------------------

const volumeItem = (kind: string, i: number, { quote: q, comment }: Style): readonly string[] => {
  if (kind === 'flow') return [`- {key: k${i}, path: "k${i}"}`];
  if (kind === 'mode') return [`- key: k${i}`, `  path: k${i}`, '  mode: 0400'];
  if (kind === 'turned') return [`- path: ${q}k${i}${q}`, `  key: k${i}${comment}`];
  return [`- key: ${q}k${i}${q}${comment}`, `  path: k${i}`];
};

export const mountingDeployments: fc.Arbitrary<Made> = fc
  .record({
    style: styles,
    shape: shapes(['items', 'items', 'items'], ['empty', 'flow', 'subPath', 'elsewhere']),
    entries: many('plain', 'flow', 'mode', 'turned'),
    before: fc.boolean(),
    after: fc.boolean(),
  })
  .map(({ style, shape, entries, before, after }) => {
    const items = {
      items: [
        'items:',
        ...inner(
          style,
          entries.map((kind, i) => volumeItem(kind, i, style)),
        ),
      ],
      empty: ['items: []'],
      flow: ['items: [{key: a, path: a}]'],
      subPath: ['items:', ...inner(style, [['- {key: a, path: a}']])],
      elsewhere: ['items:', ...inner(style, [['- {key: a, path: a}']])],
    };
    const secret = [`secretName: ${shape === 'elsewhere' ? 'other' : '__SECRET__'}`, ...items[shape]];
    const volume = dashed(['name: secrets', 'secret:', ...secret.map((line) => `${' '.repeat(style.step)}${line}`)]);
    const mount = ['- name: secrets', '  mountPath: /client-secrets', ...(shape === 'subPath' ? ['  subPath: a'] : [])];
    const lines = [
      'kind: Deployment',
      'metadata: {name: authentik-worker}',
      'spec:',
      '›template:',
      '››spec:',
      '›››containers:',
      ...listed(style, 3, [dashed(['name: worker', 'volumeMounts:', ...inner(style, [mount])])]),
      '›››volumes:',
      ...listed(style, 3, [
        ...(before ? [['- name: data', '  emptyDir: {}']] : []),
        volume,
        ...(after ? [['- name: more', '  emptyDir: {}']] : []),
      ]),
      ...style.below,
    ];
    return { text: written(style, lines), refused: !['items', 'flow'].includes(shape) };
  });

// A kustomization that lists what a consumer has ----------------------------------------------------------------------------

export const resourceLists: fc.Arbitrary<Made> = fc
  .record({
    style: styles,
    shape: shapes(['list', 'list', 'absent'], ['empty', 'flow', 'namespace', 'kind']),
    entries: many('plain', 'quoted', 'dotted'),
    after: fc.boolean(),
  })
  .map(({ style, shape, entries, after }) => {
    const items = entries.map((kind, i) =>
      kind === 'plain' ? `- r${i}.yaml${style.comment}` : kind === 'quoted' ? `- "r${i}.yaml"` : `- ./r${i}.yaml`,
    );
    const list = [
      'resources:',
      ...listed(
        style,
        0,
        items.map((item) => [item]),
      ),
      ...(after ? [] : style.below),
    ];
    const resources = {
      list,
      absent: [],
      empty: ['resources: []'],
      flow: ['resources: [a.yaml]'],
      namespace: list,
      kind: list,
    };
    const lines = [
      `kind: ${shape === 'kind' ? 'ConfigMap' : 'Kustomization'}`,
      ...(shape === 'namespace' ? ['namespace: elsewhere'] : []),
      ...resources[shape],
      ...(after ? ['images:', '- name: x', '  newTag: "0755"'] : []),
    ];
    return { text: written(style, lines, false), refused: !['list', 'absent', 'empty', 'flow'].includes(shape) };
  });

// Helm values -------------------------------------------------------------------------------------------------------------

export const helmValues: fc.Arbitrary<Made> = fc
  .record({
    style: styles,
    shape: shapes(['env', 'env', 'absent', 'nothing'], ['empty', 'none', 'flow', 'merged']),
    entries: many('ref', 'value', 'kept', 'flow', 'field', 'octal'),
    after: fc.boolean(),
  })
  .map(({ style, shape, entries, after }) => {
    const env = listed(
      style,
      1,
      entries.map((kind, i) => envEntry(kind, i, style)),
    );
    const worker = {
      env: ['worker:', '›env:', ...env, ...(after ? ['›replicas: 2'] : style.below)],
      absent: ['worker:', `›replicas: 2${style.comment}`],
      nothing: [],
      empty: ['worker:', '›env: []'],
      none: ['worker:'],
      flow: ['worker: {replicas: 2}'],
      merged: ['worker:', '›<<: &x {a: b}'],
    };
    const lines = [
      'global:',
      '›env:',
      '›- {name: A, value: "on"}',
      ...worker[shape],
      ...(after ? ['server:', '›name: "x"'] : []),
    ];
    const refused =
      !['env', 'absent', 'nothing', 'empty', 'none'].includes(shape) ||
      (cut(style, entries.at(-1)) ? undefined : false);
    return { text: written(style, lines, false), refused };
  });

// A ConfigMap -------------------------------------------------------------------------------------------------------------

const section = (kind: string, i: number, { quote: q, comment }: Style): readonly string[] => {
  const key = `${q}key-${i}.yaml${q}:`;
  if (kind === 'plain') return [`${key} one${comment}`];
  if (kind === 'octal') return [`${key} "0755"`];
  if (kind === 'quoted') return [`${key} "two`, '  lines"'];
  const lines = [
    `${key} ${kind}`,
    `›version: ${i}`,
    ...(kind.startsWith('|') ? ['›  # deeper\tx', '', '›entries: []'] : []),
  ];
  return kind.endsWith('+') ? [...lines, ''] : lines;
};

export const configMaps: fc.Arbitrary<Made> = fc
  .record({
    style: styles,
    shape: shapes(
      ['data', 'data', 'data', 'absent'],
      ['null', 'empty', 'flow', 'immutable', 'aliased', 'merged', 'binary'],
    ),
    sections: many('|', '|-', '|+', '>', '>-', '>+', 'plain', 'octal', 'quoted'),
    first: fc.boolean(),
    binaryData: fc.boolean(),
  })
  .map(({ style, shape, sections, first, binaryData }) => {
    const entries = sections.flatMap((kind, i) => [
      ...(style.blankBetween && i > 0 && !sections[i - 1]?.endsWith('+') ? [''] : []),
      ...section(kind, i, style).map((line) => (line === '' ? '' : `›${line}`)),
    ]);
    // A comment below a block scalar is part of it or ends it, as it is indented: both must be left alone.
    const data = {
      data: ['data:', ...entries, ...style.below],
      absent: [],
      null: ['data:'],
      empty: ['data: {}'],
      flow: ['data: {a: b}'],
      immutable: ['data:', ...entries, 'immutable: true'],
      aliased: ['data: &data', ...entries, 'x-more: *data'],
      merged: ['<<: &x {data: {a: b}}'],
      binary: ['data:', ...entries, 'binaryData: {__KEY__: eA==}'],
    };
    const head = ['apiVersion: v1', 'kind: ConfigMap', 'metadata:', `›name: authentik-blueprints${style.comment}`];
    const more = binaryData && shape !== 'binary' ? ['binaryData:', '›logo: eA=='] : [];
    const lines = first ? [...data[shape], ...head, ...more] : [...head, ...data[shape], ...more];
    // The last line break of a value that ends with its file would be lost.
    const mayEnd = style.finalNewline ? false : undefined;
    const refused = ['null', 'empty'].includes(shape) ? mayEnd : !['data', 'absent'].includes(shape);
    return { text: written(style, lines), refused };
  });

// A kustomization that generates the ConfigMap -----------------------------------------------------------------------------

export const kustomizations: fc.Arbitrary<Made> = fc
  .record({
    style: styles,
    shape: shapes(['files', 'files', 'absent'], ['empty', 'flow', 'nobody', 'literal', 'aliased']),
    entries: many('bare', 'keyed', 'quoted'),
    before: fc.boolean(),
    after: fc.boolean(),
  })
  .map(({ style, shape, entries, before, after }) => {
    const files = entries.map((kind, i) =>
      kind === 'bare'
        ? `- blueprints/f${i}.yaml${style.comment}`
        : kind === 'keyed'
          ? `- k${i}.yaml=f${i}.yaml`
          : `- "blueprints/q${i}.yaml"`,
    );
    const list = {
      files: ['files:', ...inner(style, [files]), ...(after ? [] : style.below)],
      absent: [],
      empty: ['files: []'],
      flow: ['files: [a.yaml]'],
      nobody: [],
      literal: ['literals:', ...inner(style, [['- __KEY__=x']])],
      aliased: ['files: &files', ...inner(style, [files])],
    };
    const generator = dashed([
      `name: ${shape === 'nobody' ? 'other' : 'authentik-blueprints'}`,
      ...list[shape],
      ...(after ? ['options: {disableNameSuffixHash: true}'] : []),
    ]);
    const lines = [
      'kind: Kustomization',
      'resources: [worker.yaml]',
      'configMapGenerator:',
      ...listed(style, 0, [
        ...(before ? [dashed(['name: more', 'files: [x]'])] : []),
        generator,
        ...(shape === 'aliased' ? [dashed(['name: twin', 'files: *files'])] : []),
      ]),
      ...(after ? ['images: []'] : []),
    ];
    return { text: written(style, lines, false), refused: !['files', 'absent', 'empty', 'flow'].includes(shape) };
  });

// A role ------------------------------------------------------------------------------------------------------------------

const roleTask = (kind: string, i: number, { quote: q, comment }: Style): readonly string[] => {
  const name = `- name: ${q}Task ${i}${q}`;
  if (kind === 'octal') return [name, '  ansible.builtin.copy: {src: a, dest: /a, mode: 0644}'];
  if (kind === 'block') return [name, '  ansible.builtin.shell: |', '    echo one', '    # two'];
  if (kind === 'folded') return [name, '  ansible.builtin.shell: >-', '    echo', '    one'];
  if (kind === 'kept') return [name, '  ansible.builtin.shell: |+', '    echo', ''];
  if (kind === 'anchor') return [name, `  vars: &vars${i} {a: yes}`, `  environment: *vars${i}`];
  return [name, '  ansible.builtin.command: "x"', `  when: a is defined${comment}`, '  tags: [a, b]'];
};

/** No file of the role at all: a name may be misspelt. */
const NOTHING: Made = { text: undefined, refused: true };

export interface Role {
  readonly tasks: Made;
  readonly name: 'main.yml' | 'main.yaml';
  readonly meta: boolean;
  readonly place: 'end' | { readonly after: string } | { readonly before: string };
  readonly defaults: Made;
}

export const roles: fc.Arbitrary<Role> = fc
  .record({
    style: styles,
    shape: shapes(['tasks', 'tasks', 'tasks', 'bare', 'none'], ['flow', 'mapping', 'missing']),
    tasks: many('plain', 'octal', 'block', 'folded', 'kept', 'anchor'),
    name: fc.constantFrom('main.yml' as const, 'main.yaml' as const),
    place: fc.constantFrom('end' as const, 'end' as const, { after: 'Task 0' }, { before: 'Task 0' }),
    defaults: defaultsFiles(),
  })
  .map(({ style, shape, tasks, name, place, defaults }) => {
    const items = tasks.flatMap((kind, i) => [
      ...(style.blankBetween && i > 0 && tasks[i - 1] !== 'kept' ? ['', `# group ${i}`] : []),
      ...roleTask(kind, i, style),
    ]);
    const pad = style.flush ? '' : ' '.repeat(style.step);
    const texts = {
      tasks: written(
        style,
        items.map((line) => (line === '' ? '' : `${pad}${line}`)),
        false,
      ),
      bare: written(style, ['# tasks of the role'], false),
      none: undefined,
      flow: '[{name: a, command: b}]\n',
      mapping: 'tasks: []\n',
      missing: undefined,
    };
    const nothingThere = (shape === 'bare' || shape === 'none') && place !== 'end';
    const refused =
      ['flow', 'mapping', 'missing'].includes(shape) ||
      nothingThere ||
      (shape === 'bare' && style.ended) ||
      (cut(style, tasks.at(-1)) ? undefined : false);
    return {
      tasks: { text: texts[shape], refused },
      name,
      meta: shape !== 'missing',
      place,
      defaults: shape === 'missing' ? NOTHING : defaults,
    };
  });

function defaultsFiles(): fc.Arbitrary<Made> {
  return fc
    .record({
      style: styles,
      shape: shapes(['mapping', 'mapping', 'bare', 'none'], ['list', 'flow']),
      kinds: many('plain', 'list', 'kept', 'block', 'octal', 'anchor'),
    })
    .map(({ style, shape, kinds }) => {
      const variable = (kind: string, i: number): readonly string[] => {
        if (kind === 'list') return [`v${i}:`, ...listed(style, 0, [['- a'], [`- "b"${style.comment}`]])];
        if (kind === 'kept') return [`v${i}: |+`, '›x', ''];
        if (kind === 'block') return [`v${i}: |`, '›x'];
        if (kind === 'octal') return [`v${i}: 0755`];
        if (kind === 'anchor') return [`v${i}: &a${i} {b: 1}`, `w${i}: *a${i}`];
        return [`v${i}: ${style.quote}x${style.quote}${style.comment}`];
      };
      const texts = {
        mapping: written(
          style,
          kinds.flatMap((kind, i) => variable(kind, i)),
          false,
        ),
        bare: written(style, ['# defaults of the role'], false),
        none: undefined,
        list: '- a\n',
        flow: '{a: 1}\n',
      };
      return {
        text: texts[shape],
        refused:
          shape === 'list' ||
          shape === 'flow' ||
          (shape === 'bare' && style.ended) ||
          (cut(style, kinds.at(-1)) ? undefined : false),
      };
    });
}

// A playbook --------------------------------------------------------------------------------------------------------------

export const playbooks: fc.Arbitrary<Made & { readonly root: boolean }> = fc
  .record({
    style: styles,
    shape: shapes(['tasks', 'tasks', 'absent'], ['empty', 'flow', 'twice', 'nobody', 'merged']),
    tasks: many('plain', 'block', 'octal', 'folded'),
    role: fc.constantFrom('flow' as const, 'plain' as const, 'role' as const, 'name' as const, 'import' as const),
    become: fc.constantFrom('', '', 'no', 'true', 'yes', '"{{ root }}"'),
    before: fc.boolean(),
    after: fc.boolean(),
    blank: fc.boolean(),
  })
  .map(({ style, shape, tasks, role, become, before, after, blank }) => {
    const items = tasks.map((kind, i) => [...(i > 0 ? [`# group ${i}`] : []), ...roleTask(kind, i, style)]);
    const pre = {
      tasks: [
        'pre_tasks:',
        ...inner(
          style,
          items.flatMap((item, i) => (i > 0 && style.blankBetween ? [[''], item] : [item])),
        ),
      ],
      absent: [],
      empty: ['pre_tasks: []'],
      flow: ['pre_tasks: [{name: a, debug: {}}]'],
      twice: [],
      nobody: [],
      merged: ['<<: &shared {pre_tasks: []}'],
    };
    const named = shape === 'nobody' ? 'other' : 'zot';
    const uses = {
      flow: [`roles: [base, ${named}]`],
      plain: ['roles:', ...inner(style, [['- base'], [`- ${named}${style.comment}`]])],
      role: ['roles:', ...inner(style, [['- base'], [`- role: ${named}`, '  tags: [zot]']])],
      name: ['roles:', ...inner(style, [[`- {name: ${named}, tags: [zot]}`]])],
      import: ['tasks:', ...inner(style, [['- import_role:', `    name: ${named}`]])],
    };
    const gap = blank ? [''] : [];
    const play = (hosts: string): readonly string[] =>
      dashed([
        `hosts: ${hosts}${style.comment}`,
        ...(become === '' ? [] : [`become: ${become}`]),
        ...gap,
        ...pre[shape],
        ...(shape === 'tasks' ? gap : []),
        ...uses[role],
      ]);
    const other = dashed(['hosts: others', 'pre_tasks:', ...inner(style, [['- debug: {msg: "no"}']]), 'roles: [wiki]']);
    const plays = [
      ...(before ? [other] : []),
      play('shed'),
      ...(shape === 'twice' ? [play('barn')] : []),
      ...(after ? [other] : []),
    ];
    const lines = plays.flatMap((each, i) => (i > 0 ? ['', ...each] : each));
    return {
      text: written(style, lines, false),
      refused: !['tasks', 'absent'].includes(shape),
      root: become !== '' && become !== 'no',
    };
  });
