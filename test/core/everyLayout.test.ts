import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { apply } from '../../core/edits/yaml/yamlSplice.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { Several } from '../../core/base/several.ts';
import { planFileChanges, planFileRemovals, type ChangeInput } from '../../core/changes/fileChanges.ts';
import { editsOf } from '../../core/changes/editsOf.ts';
import { installationSchema } from '../../core/installation/installation.ts';
import { checkRegistration } from '../../core/installation/readFiles.ts';
import { resolveNames } from '../../core/names/names.ts';
import { caseInstallation, zotRegistration } from '../fixtures/zot.ts';
import * as expected from './layouts/expected.ts';
import {
  configMaps,
  deployments,
  externalSecrets,
  helmValues,
  kustomizations,
  mountingDeployments,
  playbooks,
  resourceLists,
  roles,
  type Made,
  type Role,
} from './layouts/repository.ts';

/**
 * Whole registrations in repositories of every layout: each file is laid out by itself, and now and then it is one of a public
 * repository, as it stands or with other line breaks. Names are such as YAML 1.1 takes for something else.
 *
 * What must hold: an edit and its undo give every byte back, twice is once, only whole lines are added, the data is what was there
 * and what was asked and nothing else, and a refusal names the file and says what to do.
 */

const RUNS = 2_000;
const { authentik } = caseInstallation;
const seedFolder = fileURLToPath(new URL('../../../shared/cases/zot/before/', import.meta.url));
const role = 'ansible/roles/zot';
const PATHS = {
  secret: authentik.externalSecret.file,
  worker: authentik.deployment.file,
  blueprints: authentik.blueprints.file,
  kustomization: 'argocd/manifests/authentik/kustomization.yaml',
  values: 'argocd/manifests/authentik/values.yaml',
  listing: 'argocd/manifests/zot/kustomization.yaml',
  template: `${role}/templates/oidc-credentials.json.j2`,
  playbook: 'ansible/playbooks/indri.yml',
};

const GENERATED = {
  file: PATHS.kustomization,
  configMap: 'authentik-blueprints',
  generatedFrom: 'argocd/manifests/authentik/blueprints',
};

const OTHER_CONSUMER = {
  kind: 'externalSecret' as const,
  file: 'argocd/manifests/zot/oidc.yaml',
  name: 'zot-oidc',
  namespace: 'zot',
  application: 'zot',
  kustomization: PATHS.listing,
  secretStoreRef: { name: 'onepassword' },
};

const VALUES = { file: PATHS.values, valuesPath: 'worker.env' };

/** A file of the real case, where it is beside the project, in one of the ways in which it may be checked out. */
function seed(path: string, way: 'as it is' | 'windows' | 'cut'): Made | undefined {
  if (!existsSync(`${seedFolder}${path}`)) return undefined;
  const text = readFileSync(`${seedFolder}${path}`, 'utf8');
  const texts = { 'as it is': text, windows: text.replaceAll('\n', '\r\n'), cut: text.trimEnd() };
  return { text: texts[way], refused: way === 'cut' ? undefined : false };
}

const seedWays = fc.oneof(
  { weight: 24, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom('as it is' as const, 'windows' as const, 'cut' as const) },
);

const clients = fc.record({
  name: fc.constantFrom('zot', 'zot', 'on', 'no', 'y', 'null', '1e3', '0123', 'a-b'),
  vaultField: fc.constantFrom(undefined, undefined, 'yes', '0755', '1_000', '0x1f', '1.5', '.5', 'NULL', '2001-01-01'),
  itemTitle: fc.constantFrom('Authentik (home)', 'yes', '0777', "it's: #1", '12:30'),
  fact: fc.constantFrom('zot_secret', 'zot_secret', 'yes', 'on', 'null', 'y'),
  tags: fc.constantFrom(['zot'], ['on', '0755'], ['a:b', '[x]']),
  guard: fc.constantFrom('when' as const, 'default' as const),
  keepsId: fc.boolean(),
  blueprint: fc.constantFrom(
    'version: 1\n',
    '# yaml\nversion: 1\n\nentries:\n  - model: x # \t\n    y: !Find [a, [b, c]]\n',
  ),
});

interface Repository {
  readonly client: typeof clients extends fc.Arbitrary<infer T> ? T : never;
  readonly secret: Made;
  readonly worker: Made;
  readonly blueprints: Made;
  /** The kustomization, where it generates the ConfigMap. */
  readonly generated: Made | null;
  /** The values, where Helm makes the Deployment. */
  readonly values: Made | null;
  /** The Deployment, where it mounts single keys of the Secret and Helm does not make it. */
  readonly mounting: Made | null;
  /** The kustomization of a consumer with an ExternalSecret of its own. */
  readonly listing: Made | null;
  readonly role: Role;
  readonly playbook: Made & { readonly root: boolean };
  readonly seeds: readonly ('as it is' | 'windows' | 'cut' | undefined)[];
}

const repositories: fc.Arbitrary<Repository> = fc.record({
  client: clients,
  secret: externalSecrets,
  worker: deployments,
  blueprints: configMaps,
  generated: fc.option(kustomizations, { freq: 2 }),
  values: fc.option(helmValues, { freq: 2 }),
  mounting: fc.option(mountingDeployments, { freq: 2 }),
  listing: fc.option(resourceLists, { freq: 1 }),
  role: roles,
  playbook: playbooks,
  seeds: fc.tuple(seedWays, seedWays, seedWays, seedWays),
});

type Want = (documents: unknown[], found: readonly unknown[]) => void;

interface Case {
  readonly input: (files: ReadonlyMap<string, string>) => ChangeInput;
  readonly files: ReadonlyMap<string, string>;
  readonly refused: ReadonlyMap<string, boolean | undefined>;
  readonly want: ReadonlyMap<string, Want>;
}

function caseOf(made: Repository): Case {
  const { client, role: its } = made;
  const [secretSeed, workerSeed, blueprintsSeed, playbookSeed] = made.seeds.map((way, i) =>
    way === undefined ? undefined : seed([PATHS.secret, PATHS.worker, PATHS.blueprints, PATHS.playbook][i] ?? '', way),
  );
  const tasksFile = its.tasks.text === undefined ? `${role}/tasks/main.yml` : `${role}/tasks/${its.name}`;
  const defaultsFile = its.defaults.text === undefined ? `${role}/defaults/main.yml` : `${role}/defaults/${its.name}`;
  const needsDefault = client.guard === 'default';
  const secret = secretSeed ?? made.secret;
  const mounting = made.values === null ? made.mounting : null;
  const all = new Map<string, Made>([
    [PATHS.secret, secret],
    made.values === null ? [PATHS.worker, mounting ?? workerSeed ?? made.worker] : [PATHS.values, made.values],
    ...(made.listing === null ? [] : [[PATHS.listing, made.listing] as const]),
    made.generated === null
      ? [PATHS.blueprints, blueprintsSeed ?? made.blueprints]
      : [PATHS.kustomization, made.generated],
    [tasksFile, its.tasks],
    // A role that has other files is there, and its missing ones can be made.
    ...(its.meta ? [[`${role}/meta/main.yml`, { text: 'dependencies: []\n', refused: false }] as const] : []),
    ...(needsDefault ? [[defaultsFile, its.defaults] as const] : []),
    [PATHS.playbook, playbookSeed ?? made.playbook],
  ]);
  const files = new Map(
    [...all].flatMap(([path, { text }]) =>
      text === undefined
        ? []
        : [
            [
              path,
              text.replace('__KEY__', `${client.name}.yaml`).replace('__SECRET__', targetIn(secret.text ?? '')),
            ] as const,
          ],
    ),
  );
  const installation = installationSchema.parse({
    ...caseInstallation,
    vault: { ...caseInstallation.vault, itemTitle: client.itemTitle },
    authentik: {
      ...authentik,
      ...(made.generated === null ? {} : { blueprints: GENERATED }),
      ...(made.values === null ? {} : { deployment: { ...authentik.deployment, ...VALUES } }),
      ...(mounting === null ? {} : { delivery: 'file' as const, secretFolder: '/client-secrets' }),
    },
    naming: { envVar: /^\d/.test(client.name) ? 'V{NAME}' : '{NAME}', clientIdEnvVar: 'ID_{NAME}' },
  });
  const [consumer] = zotRegistration.spec.consumers;
  const registration = checkRegistration(
    {
      ...zotRegistration,
      metadata: { name: client.name },
      spec: {
        ...zotRegistration.spec,
        vaultField: client.vaultField,
        clientId: client.keepsId ? { envVar: `ID_${client.name.toUpperCase().replace('-', '_')}` } : undefined,
        consumers: [
          {
            ...consumer,
            notify: undefined,
            fact: client.fact,
            tags: client.tags,
            guard: client.guard,
            place: its.place,
            task: 'Deploy on: 1',
          },
          ...(made.listing === null ? [] : [OTHER_CONSUMER]),
        ],
      },
    },
    'test',
  );
  const names = resolveNames(registration, installation);
  const wanted: expected.Wanted = {
    names,
    itemTitle: client.itemTitle,
    vault: `${installation.vault.vaultId}/${installation.vault.itemId}`,
    blueprint: client.blueprint,
    role: {
      task: 'Deploy on: 1',
      template: 'oidc-credentials.json.j2',
      dest: '{{ zot_config_dir }}/oidc-credentials.json',
      fact: client.fact,
      guarded: !needsDefault,
      place: its.place,
    },
    client: client.name,
    tags: client.tags,
  };
  return {
    input: (current) => ({
      registration,
      installation,
      names,
      blueprintText: client.blueprint,
      steps: ['patchExternalSecret', 'syncBlueprint', 'renderAnsibleFiles'],
      read: (path) => current.get(path),
    }),
    files,
    refused: new Map([...all].map(([path, { refused }]) => [path, refused])),
    want: new Map<string, Want>([
      [PATHS.secret, (data, found) => expected.wantSecret(data, wanted, found)],
      [
        PATHS.worker,
        (data) =>
          mounting === null
            ? expected.wantEnv(data, wanted, targetIn(secret.text ?? ''))
            : expected.wantItem(data, wanted),
      ],
      [PATHS.listing, (data, found) => expected.wantResource(data, found)],
      [PATHS.blueprints, (data) => expected.wantBlueprint(data, wanted)],
      [PATHS.values, (data) => expected.wantValues(data, wanted, targetIn(secret.text ?? ''))],
      [PATHS.kustomization, (data, found) => expected.wantGenerated(data, wanted, found)],
      [tasksFile, (data) => expected.wantTask(data, wanted)],
      [defaultsFile, (data) => expected.wantDefault(data, wanted)],
      [PATHS.playbook, (data) => expected.wantPreTasks(data, wanted, playbookSeed === undefined && made.playbook.root)],
    ]),
  };
}

const targetIn = (text: string): string =>
  /kind"?: ExternalSecret/.test(text) && text.includes('name: authentik-secret')
    ? 'authentik-secret'
    : 'authentik-config';

/** As somebody else's parser reads it; a document without anything is none. */
function read(text: string | undefined): unknown[] {
  return loadAll(text ?? '').filter((each) => each !== undefined && each !== null);
}

function plansOf({ input, files }: Case): ReturnType<typeof planFileChanges> | RegistrarError {
  try {
    return planFileChanges(input(files));
  } catch (error) {
    if (error instanceof RegistrarError) return error;
    throw error;
  }
}

/** A refusal names every file that it is about, with what to do; and only files of which that was to be expected. */
function checkRefusal({ refused }: Case, error: RegistrarError): void {
  const named = [...refused.keys()].filter((path) => error.message.includes(`${path}: `));
  for (const [path, expectedly] of refused) {
    if (expectedly === true) expect(named).toContain(path);
    if (expectedly === false && named.includes(path)) expect(error.message).toBe(`nothing of ${path}`);
  }
  expect(named).not.toEqual([]);
  for (const { remedy } of error instanceof Several ? error.problems : [error])
    expect(remedy).toMatch(/add these lines by hand:\n.|Correct |Make the entry/);
}

/** Whole lines more, and at most a key that was there without a value, which gets them, its old value in a comment where that must be told. */
function onlyFillsOrAdds(before: string, after: string): boolean {
  if (onlyAddsLines(before, after) || onlyAddsToBrackets(before, after)) return true;
  const [old, now] = [before, after].map((text) => text.split('\n')) as [string[], string[]];
  return old.some((line, i) => {
    const [, key = '', value = '', rest = ''] = /^(.*?:)[ \t]*(\[\]|\{\}|)[ \t]*((?:#.*)?)\r?$/.exec(line) ?? [];
    const filled = now[i]?.replace(/\r$/, '');
    const left = filled?.startsWith(key) === true ? filled.slice(key.length).trimStart() : undefined;
    const told = `# ${value === '' ? 'empty' : value}`;
    if (key === '' || left === undefined || ![rest, `${told}${rest}`, `${told} ${rest}`].includes(left)) return false;
    return onlyAddsLines(old.with(i, `${filled}${line.endsWith('\r') ? '\r' : ''}`).join('\n'), after);
  });
}

/** One entry more at the end of a list in brackets, and nothing else. */
function onlyAddsToBrackets(before: string, after: string): boolean {
  const length = after.length - before.length;
  return [...before.matchAll(/ *\]/g)].some(
    ({ index }) =>
      after === before.slice(0, index) + after.slice(index, index + length) + before.slice(index) &&
      /^, [^\n\]]+$/.test(after.slice(index, index + length)),
  );
}

/** One run of whole lines more, and nothing else. */
function onlyAddsLines(before: string, after: string): boolean {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  const length = after.length - before.length;
  const wholeLines = (from: number): boolean =>
    after.slice(0, from) + after.slice(from + length) === before &&
    (from === 0 || after[from - 1] === '\n'
      ? after[from + length - 1] === '\n'
      : /^\r?\n/.test(after.slice(from)) && /^(\r?\n|$)/.test(before.slice(from)));
  // What is alike at both ends of the new lines may be counted to either.
  for (let from = start; from >= 0 && from >= start - length; from -= 1) if (wholeLines(from)) return true;
  return length === 0;
}

/** Texts for a reader of YAML 1.1, which Ansible is; checked by one process when all runs are done. */
const forPython: {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string;
  readonly want: Want;
}[] = [];

function holds(made: Repository, run: number): 'refused' | 'changed' {
  const each = caseOf(made);
  const plans = plansOf(each);
  if (plans instanceof RegistrarError) {
    checkRefusal(each, plans);
    return 'refused';
  }
  expect([...each.refused].filter(([, refused]) => refused === true)).toEqual([]);

  const after = new Map(each.files);
  for (const plan of plans) {
    expect(plan.kind).not.toBe('alreadyThere');
    // A byte order mark is before the first line.
    const [old, now] = [plan.before ?? '', plan.after].map((text) => text.replace(/^\uFEFF/, ''));
    if (!onlyFillsOrAdds(old ?? '', now ?? '')) expect(plan.after).toBe(`${plan.before} and whole lines`);
    after.set(plan.path, plan.after);
  }
  for (const [path, text] of after) {
    const want = each.want.get(path);
    if (want === undefined) continue;
    const data = read(each.files.get(path));
    const found = read(text);
    want(data, found);
    if (!isDeepStrictEqual(found, data)) expect({ path, text, data: found }).toEqual({ path, text, data });
    if (run % 12 === 0) forPython.push({ path, before: each.files.get(path), after: text, want });
  }

  // Twice is once.
  expect(
    planFileChanges(each.input(after)).every((plan) => plan.kind === 'alreadyThere' && plan.after === plan.before),
  ).toBe(true);
  // The removal gives every byte back.
  const undone = new Map(after);
  for (const { path, after: text } of planFileRemovals(each.input(after))) {
    if (text === null) undone.delete(path);
    else undone.set(path, text);
  }
  if (!isDeepStrictEqual(undone, each.files))
    expect(Object.fromEntries(undone)).toEqual(Object.fromEntries(each.files));
  // So does the inverse.
  for (const edit of editsOf(each.input(each.files))) {
    const before = each.files.get(edit.path);
    const outcome = before === undefined ? undefined : edit.add(before);
    if (outcome?.kind === 'changed') expect(apply(outcome.text, outcome.inverse)).toBe(before);
  }
  return 'changed';
}

/** Reads texts as PyYAML does, Ansible's own reader. Undefined where this machine has none. */
function readByPython(texts: readonly string[]): readonly (unknown[] | null)[] | undefined {
  const program = `
import json, sys, yaml
def read(text):
    try: return [each for each in yaml.load_all(text, Loader=getattr(yaml, 'CSafeLoader', yaml.SafeLoader)) if each is not None]
    except yaml.YAMLError: return None
json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout, default=str)`;
  const { status, stdout } = spawnSync('python3', ['-c', program], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return status === 0 ? (JSON.parse(stdout) as (unknown[] | null)[]) : undefined;
}

describe('in repositories of every layout', () => {
  const counts = { refused: 0, changed: 0 };

  it('a registration goes in and out, adds what was asked, and touches nothing else', () => {
    let run = 0;
    fc.assert(
      fc.property(repositories, (made) => {
        counts[holds(made, run)] += 1;
        run += 1;
      }),
      { numRuns: RUNS },
    );
    // Most layouts can be edited, and the others are met often enough.
    expect(counts.changed).toBeGreaterThan(RUNS / 2);
    expect(counts.refused).toBeGreaterThan(RUNS / 50);
  }, 300_000);

  it('Ansible and others that read YAML 1.1 find the same', (context) => {
    const befores = readByPython(forPython.map(({ before }) => before ?? ''));
    const afters = readByPython(forPython.map(({ after }) => after));
    if (befores === undefined || afters === undefined) return context.skip('python3 has no PyYAML here');
    let compared = 0;
    for (const [i, { path, after, want }] of forPython.entries()) {
      const data = befores[i];
      // Some layouts are good for Kubernetes only, such as a tab before a comment.
      if (data === null || data === undefined) continue;
      want(data, afters[i] ?? []);
      if (!isDeepStrictEqual(afters[i], data)) expect({ path, after, data: afters[i] }).toEqual({ path, after, data });
      compared += 1;
    }
    expect(compared).toBeGreaterThan(forPython.length / 4);
  });
});
