import { describe, expect, test } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { lostForGood, remainingAfter } from '../../../activities/deregister/remaining.ts';
import { OF_THE_QUESTION } from '../../../activities/deregister/judges.ts';
import type { RemovalWorld } from '../../../activities/deregister/readRemoval.ts';
import { retireSecret } from '../../../activities/deregister/retireSecret.ts';
import { RegistrarError, type ErrorKind } from '../../../core/base/errors.ts';
import type { VaultMark } from '../../../core/vault/vaultMark.ts';
import type { Job } from '../../../core/run/job.ts';
import type { VaultContents, VaultEdits } from '../../../integrations/vault/vault.ts';
import type { FoundSchedule } from '../../../integrations/temporal/rotationSchedules.ts';

const JOB = {
  client: 'zot',
  digest: 'd',
  names: { vaultField: 'zot-secret' },
  removal: { purge: false, retiredLabel: 'zot-secret (retired)', older: { vaultField: false } },
} as unknown as Job;

interface TestField {
  readonly id: string;
  readonly label: string;
  readonly mark?: VaultMark;
}

/** Fields that a run of the client has marked as its own. */
function marked(fields: readonly TestField[], client = 'zot'): readonly TestField[] {
  return fields.map((field) => ({ ...field, mark: { client, vaultField: 'zot-secret', changeId: 'c' } }));
}

/** A vault with the field in service, and the Schedule that `read` finds; `done` is what was done to them. */
function withSchedule(
  read: () => FoundSchedule | undefined,
  fields: readonly TestField[] = marked([{ id: 'f', label: 'zot-secret' }]),
): { readonly deps: Deps; readonly done: string[] } {
  const done: string[] = [];
  const deps = {
    digest: 'd',
    schedules: {
      read: async () => read(),
      remove: async (client: string) => done.push(`schedule of ${client} removed`),
    },
    vault: {
      read: async () => ({ place: 'item', fields }),
      change: async ({ relabel = [], remove = [] }: VaultEdits) => {
        for (const { fieldId, to } of relabel) done.push(`${fieldId} is ${to}`);
        for (const fieldId of remove) done.push(`${fieldId} removed`);
      },
    },
  } as unknown as Deps;
  return { deps, done };
}

function failing(kind: ErrorKind): () => never {
  return () => {
    throw new RegistrarError({ system: 'Temporal', kind, message: 'schedules are not ours', remedy: 'Ask.' });
  };
}

describe('retireSecret', () => {
  const relabelled = 'f is zot-secret (retired)';

  test('ends the rotations that the registration asked for, and takes the field out of service', async () => {
    const { deps, done } = withSchedule(() => ({ by: 'registration', policy: undefined }));
    const { removed, kept } = await retireSecret(deps, JOB);
    expect(done).toEqual(['schedule of zot removed', relabelled]);
    expect(removed).toContain('Schedule of rotations of zot');
    expect(kept).toEqual([]);
  });

  test('leaves a Schedule that a person made, and lists it', async () => {
    const { deps, done } = withSchedule(() => ({ by: 'person', policy: undefined }));
    const { kept } = await retireSecret(deps, JOB);
    expect(done).toEqual([relabelled]);
    expect(kept).toMatchObject([{ what: 'Schedule of rotations of zot', why: 'a person made it.' }]);
  });

  test('takes the field out of service where it may not look at Schedules', async () => {
    const { deps, done } = withSchedule(failing('Unauthorized'));
    const { kept } = await retireSecret(deps, JOB);
    expect(done).toEqual([relabelled]);
    expect(kept).toMatchObject([{ what: 'Schedule of rotations of zot, if there is one' }]);
  });

  test('takes the dates of its rotations along, and leaves both where the field was there before', async () => {
    const fields = [
      { id: 'f', label: 'zot-secret' },
      { id: 'd', label: 'zot-secret-rotated' },
      { id: 's', label: 'zot-secret-previous-since' },
      { id: 'r', label: 'zot-secret (deregistered 2026-01-02 0123abcd)' },
    ];
    const removal = (change: object): Job => ({ ...JOB, removal: { ...JOB.removal, ...change } }) as Job;
    const deed = async (change: object, own = ['f', 'r']): Promise<readonly string[]> => {
      const held = fields.flatMap((field) => (own.includes(field.id) ? marked([field]) : [field]));
      const { deps, done } = withSchedule(() => undefined, held);
      await retireSecret(deps, removal(change));
      return done;
    };
    expect(await deed({})).toEqual([relabelled, 'd removed', 's removed']);
    expect(await deed({ purge: true })).toEqual(['f removed', 'r removed', 'd removed', 's removed']);
    expect(await deed({ older: { vaultField: true } })).toEqual([]);
    expect(await deed({ older: { vaultField: true }, purge: true })).toEqual(['r removed']);
    expect(await deed({}, [])).toEqual([]);
    expect(await deed({ purge: true }, [])).toEqual([]);
  });

  test.each([
    ['has no mark', [{ id: 'f', label: 'zot-secret' }]],
    ["bears another client's mark", marked([{ id: 'f', label: 'zot-secret' }], 'zap')],
  ])('keeps and lists a field that %s, with purge too', async (_name, fields) => {
    for (const purge of [false, true]) {
      const { deps, done } = withSchedule(() => undefined, fields);
      const { kept } = await retireSecret(deps, { ...JOB, removal: { ...JOB.removal, purge } } as Job);
      expect(done).toEqual([]);
      expect(kept).toMatchObject([{ what: 'vault field zot-secret', why: expect.stringContaining('no mark') }]);
    }
  });

  test('removes what closed runs have left pending, and nothing that only looks like it', async () => {
    const id = '0b9f6a3e-5a54-4a37-9f7f-0c8f7c6c1d11';
    const left = { id: 'p', label: `zot-secret (pending ${id})` };
    const others = [
      { id: 'w', label: `wiki-secret (pending ${id})` },
      { id: 'n', label: 'zot-secret (pending review)' },
    ];
    const { deps, done } = withSchedule(() => undefined, [left, ...others]);
    await retireSecret(deps, JOB);
    expect(done).toEqual(['p removed']);
  });

  test('is repeated where Temporal does not answer just now, with the field still in service', async () => {
    const { deps, done } = withSchedule(failing('Unavailable'));
    await expect(retireSecret(deps, JOB)).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(done).toEqual([]);
  });
});

describe('what a deregistration announces as lost', () => {
  const RETIRED = 'zot-secret (deregistered 2026-01-02 0123abcd)';
  const fields = marked(
    ['zot-secret', RETIRED, 'zot-secret (deregistered by hand)'].map((label, i) => ({ id: `f${i}`, label })),
  );
  const accounts = {
    remove: [{ kind: 'group', name: 'zot-users', id: '1', expected: () => false }],
    kept: [],
  } as const;

  function announced(removal: object, { undo = 'delete', held = fields } = {}) {
    const job = {
      ...JOB,
      names: { ...JOB.names, slug: 'zot' },
      registration: { spec: { consumers: [] } },
      edits: [{ entry: 'deployment', kind: 'changed' }],
      before: { application: true, provider: true, vaultField: true },
      removal: { ...JOB.removal, ours: { application: true, provider: true }, ...removal },
    } as unknown as Job;
    const item = { place: 'item', fields: held } as unknown as VaultContents;
    const deps = { installation: { authentik: { undo } } } as unknown as Deps;
    const [lost = ''] = lostForGood(deps, job, accounts, item);
    return { lost: lost.split(': ')[1]?.split(', ') ?? [], remaining: remainingAfter(job, undefined, item).join() };
  }

  const SESSIONS = 'sessions and tokens that Authentik application zot gave';
  const GROUP = 'Authentik group zot-users';

  test.each<[string, object, object, readonly string[]]>([
    ['without purge no field', {}, {}, [SESSIONS, GROUP]],
    [
      'with purge every field that goes',
      { purge: true },
      {},
      [SESSIONS, GROUP, 'vault field zot-secret', `vault field ${RETIRED}`],
    ],
    [
      'not a field that was there before the registration',
      { purge: true, older: { vaultField: true } },
      {},
      [SESSIONS, GROUP, `vault field ${RETIRED}`],
    ],
    ['not a field that is gone', { purge: true }, { held: [] }, [SESSIONS, GROUP]],
    ['nothing in Authentik where that is kept', {}, { undo: 'keep' }, []],
    ["no session of another client's application", { ours: { application: false, provider: false } }, {}, [GROUP]],
  ])('%s', (_name, removal, world, expected) => {
    expect(announced(removal, world).lost).toEqual(expected);
  });

  test('tells of older versions of the item only where a field goes', () => {
    expect(announced({ purge: true }).remaining).toContain('keeps older versions');
    expect(
      announced({ purge: true, older: { vaultField: true } }, { held: marked([{ id: 'f', label: 'zot-secret' }]) })
        .remaining,
    ).toBe('');
  });
});

test.each([
  [true, { takeBack: true }, 1],
  [true, { purge: true }, 0],
  [false, { takeBack: true }, 0],
])('past its point of no return (%s) it is refused to who asks for %j', (committed, asked, problems) => {
  const world = { standing: { committed }, request: { input: { client: 'zot', ...asked } }, job: { client: 'zot' } };
  const [isTooLate] = OF_THE_QUESTION;
  const found = isTooLate?.(world as unknown as RemovalWorld) as readonly RegistrarError[];
  expect(found).toHaveLength(problems);
  for (const { kind, message, remedy } of found) {
    expect([kind, message]).toEqual(['Refused', 'the deregistration of zot has passed its point of no return']);
    expect(remedy).toContain('oidc-registrar deregister zot');
  }
});
