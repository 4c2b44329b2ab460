import { assert, constantFrom, property, record, uniqueArray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carried } from '../../../activities/preflight/carried.ts';
import { renderBlueprint } from '../../../core/authentik/renderBlueprint.ts';
import { wantedState } from '../../../core/authentik/wantedState.ts';
import { jsonBytes } from '../../../core/base/bytes.ts';
import { filesNeeded } from '../../../core/changes/fileChanges.ts';
import { assertFits, checkRegistration, readRegistration } from '../../../core/installation/readFiles.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { remainingFor, warningsFor } from '../../../core/plan/remaining.ts';
import { ACCOUNTS, REGISTRATION_BYTES, tooMuch } from '../../../core/registration/fits.ts';
import { renderRecord } from '../../../core/registration/record.ts';
import type { Registration, RegistrationInput } from '../../../core/registration/registration.ts';
import type { Job, Plan } from '../../../core/run/job.ts';
import { recordOf } from '../../../core/run/record.ts';
import { caseInstallation, zotRegistration } from '../../fixtures/zot.ts';

const installation = installationSchema.parse(caseInstallation);
type Spec = RegistrationInput['spec'];
const ansible = {
  kind: 'ansible' as const,
  role: 'zot',
  playbook: 'site.yml',
  tags: ['zot'],
  template: { name: 'zot.j2', text: '<<clientSecret>>' },
  dest: '/etc/zot',
};

/** Texts that come out longer in some way of writing: lines, quotes, what YAML escapes, several bytes a character. */
const PIECES = ['x', 'a\n', '"', '\\', '\t', '😀', ' # y: z\n', '\n'] as const;

/** What may be many or long: `room` bytes of it, about. */
const WAYS: Readonly<Record<string, (room: number, piece: string) => Partial<Spec>>> = {
  template: (room, piece) => ({
    consumers: [
      { ...ansible, template: { ...ansible.template, text: `<<clientSecret>>${text(room, piece)}` } },
    ] as Spec['consumers'],
  }),
  manyTemplates: (room, piece) => ({
    consumers: many(room, 1_000, (i) => ({
      ...ansible,
      template: { name: `${i}.j2`, text: `<<clientSecret>>${text(300, piece)}` },
      dest: `/etc/${i}/${'d'.repeat(150)}`,
    })) as Spec['consumers'],
  }),
  manual: (room) => ({
    consumers: many(room, 2_100, (i) => ({
      kind: 'manual',
      name: `device ${i}`,
      steps: ['s'.repeat(2_000)],
    })) as Spec['consumers'],
  }),
  externalSecrets: (room, piece) => ({
    consumers: many(room, 1_400, (i) => ({
      kind: 'externalSecret',
      file: `apps/${i}/${'f'.repeat(200)}.yaml`,
      name: `es-${i}`,
      namespace: 'apps',
      application: 'apps',
      secretStoreRef: { name: 'store' },
      target: { template: { data: { config: `{{ .clientSecret }}${text(700, piece)}` } } },
      keys: { clientSecret: 'config' },
    })) as Spec['consumers'],
  }),
  files: (room, piece) => ({
    files: many(room, 1_300, (i) => ({ path: `changelog.d/${i}-${'f'.repeat(200)}.md`, text: text(1_000, piece) })),
  }),
  accounts: (room, piece) => ({
    groups: many(room, 8_000, (i) => ({
      name: `${i} ${'g'.repeat(190)}`,
      serviceAccounts: many(6_500, 400, (n) => ({
        username: `${i}-${n}-${one(piece).repeat(40)}`,
        name: `${i}-${n}-${one(piece).repeat(60)}`,
      })).slice(0, 10),
    })).slice(0, ACCOUNTS / 10),
  }),
  redirectUris: (room) => ({
    redirectUris: many(room, 1_200, (i) => `https://host-${i}.example.test/${'r'.repeat(1_100)}`),
  }),
  access: (room, piece) => ({
    access: {
      groups: many(room / 2, 400, (i) => `${i} ${one(piece).repeat(90)}x`),
      users: many(room / 2, 400, (i) => `${i} ${one(piece).repeat(70)}x`),
    },
  }),
  launchUrl: (room) => ({ launchUrl: `https://host.example.test/${'l'.repeat(room)}` }),
};

function text(room: number, piece: string): string {
  return piece.repeat(Math.max(1, Math.floor(room / (jsonBytes([piece]) - 4))));
}

/** A character that a name may have. */
function one(piece: string): string {
  return /^[^\s\\"]+$/.test(piece) ? piece : 'n';
}

function many<T>(room: number, each: number, make: (i: number) => T): T[] {
  return Array.from({ length: Math.min(100, Math.max(1, Math.floor(room / each))) }, (_, i) => make(i));
}

/** A registration that has of these ways about as much as it may have. */
function fullOf(ways: readonly string[], piece: string): Registration {
  for (const share of [1.9, 1.4, 1.1, 1, 0.9, 0.8, 0.65, 0.5, 0.35, 0.2]) {
    const room = (REGISTRATION_BYTES * share) / ways.length;
    const parts = ways.map((way) => WAYS[way]?.(room, piece) ?? {});
    const consumers = parts.flatMap((part) => part.consumers ?? []).slice(0, 100);
    const base = { ...zotRegistration.spec, groups: [] };
    const registration = checkRegistration(
      { ...zotRegistration, spec: Object.assign(base, ...parts, { consumers }) as Spec },
      'test',
    );
    if (tooMuch(registration).length === 0) return registration;
  }
  throw new Error(`nothing fits: ${ways.join(', ')}`);
}

/** The largest plan that such a registration comes to: everything is new, and as much goes that it named before. */
function planOf(registration: Registration): Plan {
  const names = resolveNames(registration, installation);
  const wanted = wantedState(registration, installation, names);
  const { text: blueprint } = renderBlueprint({ registration, installation, names, authentikVersion: '2026.5.0' });
  const edits = filesNeeded(registration, installation).flatMap(({ step, path }) =>
    (['template/10', 'roleTask/10'] as const).map((entry) => ({
      step,
      path,
      entry,
      kind: 'updated' as const,
    })),
  );
  const { consumers } = registration.spec;
  const job: Job = {
    client: 'zot',
    changeId: 'f36c0471-6a32-46ab-b848-8f4f6cfbc831',
    branch: 'oidc-registrar/zot-f36c0471-6a32-46ab-b848-8f4f6cfbc831',
    base: 'b'.repeat(40),
    digest: 'd'.repeat(1_000),
    land: 'last',
    registration,
    names,
    blueprint: { text: blueprint, asked: blueprint, hash: 'h'.repeat(128) },
    wanted,
    mode: 'apply',
    edits,
    before: {
      known: true,
      vaultField: true,
      instance: true,
      application: true,
      provider: true,
      groups: wanted.groups.map(({ name }) => name),
      users: wanted.users.map(({ username }) => username),
      values: {
        provider: { ...wanted.provider, pk: 1 },
        application: { ...wanted.application, pk: 'pk' },
        bindings: wanted.bindings.map((binding) => ({ ...binding, pk: 'p'.repeat(36) })),
        users: wanted.users.map((user, pk) => ({
          ...user,
          pk,
          username: user.username,
          attributes: { made: 'for zot' },
        })),
        bindingsToGo: [],
        dropped: { groups: [], users: [] },
      },
    },
    continued: false,
    former: consumers.filter(({ kind }) => kind === 'ansible'),
    formerSecrets: consumers.filter(({ kind }) => kind === 'externalSecret'),
  };
  const marked = { groups: [], users: [], vaultField: false };
  const recordText = renderRecord(recordOf({ job, known: undefined, marked, authentik: '2026.5.0' }));
  const whole = { ...job, record: recordText };
  return {
    job: whole,
    unchanged: false,
    warnings: warningsFor(whole, installation),
    remaining: remainingFor(whole, installation),
  };
}

const FULL = record({
  ways: uniqueArray(constantFrom(...Object.keys(WAYS)), { minLength: 1, maxLength: 3 }),
  piece: constantFrom(...PIECES),
});

it('has a job and a result that Temporal takes, whatever a registration is full of', () => {
  let largest = 0;
  const examples = Object.keys(WAYS).map((way, i) => ({ ways: [way], piece: PIECES[i % PIECES.length] ?? 'x' }));
  assert(
    property(FULL, ({ ways, piece }) => {
      const plan = planOf(fullOf(ways, piece));
      expect(carried(plan)).toBe(plan);
      const paths = plan.job.edits.map(({ path }) => path);
      const { warnings, remaining } = plan;
      expect(jsonBytes({ warnings, remaining, created: paths, changed: paths })).toBeLessThan(1_000_000);
      largest = Math.max(largest, jsonBytes(plan));
    }),
    { numRuns: 25, examples: examples.map((each) => [each]) },
  );
  expect(largest).toBeGreaterThan(4 * REGISTRATION_BYTES);
});

it('is refused before anything is changed where it is more than a run can carry, but not where a run has died with it', () => {
  const plan = planOf(checkRegistration(zotRegistration, 'test'));
  const record = 'x'.repeat(1_500_000);
  const job = { ...plan.job, record, before: { ...plan.job.before, groups: ['g'.repeat(9_000)] } };
  expect(() => carried({ ...plan, job })).toThrow(
    /^the run of client zot would hold 15\d{5} bytes, and can hold 1500000; most are in: record 1500\d{3}, before \d+, /,
  );
  const died = { ...plan, job: { ...job, continued: true } };
  expect(carried(died)).toBe(died);
});

describe('a registration that is too much', () => {
  const long = (characters: number): RegistrationInput => ({
    ...zotRegistration,
    spec: {
      ...zotRegistration.spec,
      consumers: [
        { ...ansible, template: { ...ansible.template, text: `<<clientSecret>>${'x'.repeat(characters)}` } },
      ] as Spec['consumers'],
    },
  });

  it('is refused by file, field and remedy, and so are more accounts than it may have', () => {
    expect(() => assertFits(checkRegistration(long(200_000), 'test'), 'oidc-clients/zot.yaml')).toThrow(
      /^oidc-clients\/zot.yaml: \(the file\): the registration has 20\d{4} bytes, and a run can carry 131072; the longest texts are spec.consumers.0.template.text \(200016\), .*: bring such into the repository by hand/,
    );
    const groups = ['a', 'b', 'c'].map((name) => ({
      name,
      serviceAccounts: Array.from({ length: 100 }, (_, i) => ({ username: `${name}${i}` })),
    }));
    const many = checkRegistration({ ...zotRegistration, spec: { ...zotRegistration.spec, groups } }, 'test');
    expect(() => assertFits(many, 'zot.yaml')).toThrow(
      /^zot.yaml: spec.groups: 300 service accounts are more than the 200/,
    );
    expect(() => assertFits(checkRegistration(long(100_000), 'test'), 'zot.yaml')).not.toThrow();
  });

  it('can still be read where it was registered by other rules, so that it can be taken out or become smaller', () => {
    expect(readRegistration(JSON.stringify(long(400_000)), 'zot.yaml').metadata.name).toBe('zot');
    expect(() => readRegistration(JSON.stringify(long(1_100_000)), 'zot.yaml')).toThrow(/a registration at most/);
  });

  it('is measured by what it says, for an alias repeats a text that stands in the file once', () => {
    const file = [
      'apiVersion: oidc-registrar/v1',
      'kind: OidcClient',
      'metadata: {name: zot}',
      'spec:',
      `  displayName: Zot`,
      '  redirectUris: [https://zot.example.test/]',
      '  access: {groups: [admins]}',
      '  files:',
      `    - {path: a, text: &text "${'x'.repeat(20_000)}"}`,
      ...Array.from({ length: 60 }, (_, i) => `    - {path: f${i}, text: *text}`),
    ].join('\n');
    expect(() => readRegistration(file, 'zot.yaml')).toThrow(/a registration at most/);
  });
});
