import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { alreadyEnded } from '../../../activities/preflight/authentik.ts';
import { foreignAccounts, foreignBindings, notItsOwn, othersEnds } from '../../../activities/preflight/change.ts';
import { giveBack, putBackInAuthentik } from '../../../activities/authentik/putBack.ts';
import { bindingValues } from '../../../activities/authentik/valuesBefore.ts';
import { removeDropped } from '../../../activities/authentik/removeDropped.ts';
import type { Deps } from '../../../activities/deps.ts';
import type { UndoRemainder } from '../../../activities/kit/undoJournal.ts';
import { RegistrarError } from '../../../core/base/errors.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import type { Job } from '../../../core/run/job.ts';
import type { Leftover } from '../../../core/run/reports.ts';
import type { BindingBefore, ValuesBefore } from '../../../core/authentik/valuesBefore.ts';
import { caseInstallation, zotRegistration } from '../../fixtures/zot.ts';
import type { BindingRow } from '../../../integrations/authentik/authentik.ts';
import type { ExistingObjects } from '../../../activities/preflight/world.ts';

const installation = installationSchema.parse(caseInstallation);
const registration = checkRegistration(zotRegistration, 'test');

const SECTION = `version: 1
entries:
  - model: authentik_core.application
    id: a
    identifiers: {slug: tool}
    attrs: {name: Tool}
  - model: authentik_policies.policybinding
    identifiers: {target: !KeyOf a, order: 0}
    attrs:
      group: !Find [authentik_core.group, [name, makers]]
`;
const MANIFEST = `apiVersion: v1
kind: ConfigMap
metadata:
  name: blueprints
data:
  tool.yaml: |
${SECTION.trimEnd().replaceAll(/^/gm, '    ')}
`;

const BEFORE_2026_8: Pick<BindingRow, 'expiring' | 'expires'> = { expiring: undefined, expires: undefined };

function binding(pk: string, order: number, group: string | undefined) {
  return {
    pk,
    target: 'app',
    order,
    enabled: true,
    negate: false,
    timeout: 30,
    failureResult: false,
    group: group === undefined ? null : { pk: `pk-${group}`, name: group },
    user: group === undefined ? 7 : null,
    policy: null,
    ...BEFORE_2026_8,
  };
}

type Row = ReturnType<typeof binding>;

const PROVIDER = {
  pk: 1,
  name: 'Tool',
  clientId: 'tool',
  clientType: 'confidential',
  authorizationFlow: 'f',
  invalidationFlow: 'f',
  signingKey: 'k',
  propertyMappings: [],
  redirectUris: [],
  grantTypes: undefined,
  subMode: 'hashed_user_id',
  includeClaimsInIdToken: true,
};
const APPLICATION = { pk: 'app', name: 'Tool', slug: 'tool', provider: 1, metaLaunchUrl: '', policyEngineMode: 'any' };

function jobWith(rows: readonly Row[], asked: readonly string[], bindingsToGo: readonly string[] = []): Job {
  return {
    client: 'tool',
    registration,
    base: '0123456789abcdef',
    digest: 'd',
    mode: 'apply',
    names: {
      slug: 'tool',
      providerName: 'Tool',
      clientId: 'tool',
      blueprintKey: 'tool.yaml',
      blueprintName: 'Tool',
      blueprintPath: 'mnt/tool.yaml',
    },
    wanted: { bindings: asked.map((group, order) => ({ order, group, enabled: true, negate: false })) },
    edits: [],
    before: {
      known: true,
      values: {
        provider: {
          pk: 1,
          name: 'Tool',
          client_type: 'confidential',
          authorization_flow: 'f',
          invalidation_flow: 'f',
          signing_key: 'k',
          property_mappings: [],
          redirect_uris: [],
          sub_mode: 'hashed_user_id',
          include_claims_in_id_token: true,
        },
        application: { pk: 'app', name: 'Tool', provider: 1, meta_launch_url: '', policy_engine_mode: 'any' },
        bindings: rows.map(bindingValues),
        users: [],
        bindingsToGo,
        dropped: { groups: [], users: [] },
      },
    },
  } as unknown as Job;
}

/** Authentik with these bindings, and what was done to them. */
function depsWith(rows: Row[], change: (id: string, values: object) => void = () => undefined, status = 'successful') {
  const done: string[] = [];
  const { blueprints } = installation.authentik;
  const hash = createHash('sha512').update(SECTION).digest('hex');
  const deps = {
    digest: 'd',
    installation: {
      ...installation,
      authentik: {
        ...installation.authentik,
        blueprints: { ...blueprints, file: 'blueprints.yaml', configMap: 'blueprints' },
      },
      timings: { ...installation.timings, pollMs: 1 },
    },
    git: { readFile: async () => MANIFEST },
    deployments: { rollout: async () => ({ currentPods: ['worker'] }) },
    authentik: {
      applyTasks: async () => [],
      available: async () => [{ path: 'mnt/tool.yaml', hash, name: 'Tool' }],
      instancesByName: async () => [],
      instancesByPath: async () => [
        { pk: 'i', path: 'mnt/tool.yaml', enabled: true, status, lastAppliedHash: hash, lastApplied: '' },
      ],
      providerByPk: async () => PROVIDER,
      application: async () => APPLICATION,
      bindings: async () => rows,
      user: async () => undefined,
      change: async (_kind: string, id: string, values: object) => {
        change(id, values);
        done.push(`${id} changed`);
      },
      removeBinding: async (pk: string) => {
        done.push(`${pk} removed`);
        rows.splice(
          rows.findIndex((row) => row.pk === pk),
          1,
        );
      },
      permissions: async () => ({ missingChange: [] }),
    },
  } as unknown as Deps;
  return { deps, done };
}

describe('an undo of a change', () => {
  const putBack = (deps: Deps, job: Job): Promise<readonly Leftover[]> =>
    giveBack(deps, job, job.before.values as ValuesBefore);

  it('takes out the binding that the change added, and leaves one that people added meanwhile', async () => {
    const first = binding('b0', 0, 'makers');
    const { deps, done } = depsWith([first, binding('b1', 1, 'gardeners'), binding('alice', 5, undefined)]);
    const kept = await putBack(deps, jobWith([first], ['makers', 'gardeners']));
    expect(done).toEqual(['b1 removed']);
    expect(kept).toEqual([]);
  });

  it.each<[Job['mode'], string, readonly string[]]>([
    ['discovery', 'error', ['status "error" of blueprint mnt/tool.yaml']],
    ['discovery', 'successful', []],
  ])('in %s mode, of a blueprint that Authentik goes on showing as %s, lists %j', async (mode, status, listed) => {
    const rows = [binding('b0', 0, 'makers')];
    const { deps, done } = depsWith(rows, undefined, status);
    const blueprint = { text: SECTION, hash: 'of the change' };
    const job: Job = { ...jobWith(rows, ['makers']), mode, land: 'first', blueprint };
    const begun: string[] = [];
    const journal = { begin: async ({ what }: { what: string }) => begun.push(what), done: () => undefined };

    const { kept }: UndoRemainder = await new MockActivityEnvironment().run(() =>
      putBackInAuthentik(deps, job, journal as unknown as Parameters<typeof putBackInAuthentik>[2]),
    );

    expect(kept.map(({ what }) => what)).toEqual(listed);
    expect(begun).toHaveLength(listed.length);
    expect(done).toEqual([]);
  });

  it('leaves the bindings of the change where one of before does not come back', async () => {
    const rows = [binding('b1', 0, 'gardeners')];
    const { deps, done } = depsWith(rows, () => {
      throw new RegistrarError({ system: 'Authentik', kind: 'NotFound', message: 'no such binding', remedy: 'Look.' });
    });
    const kept = await putBack(deps, jobWith([binding('b0', 3, 'makers')], ['gardeners']));
    expect(done).toEqual([]);
    expect(kept.map(({ what }) => what)).toEqual([
      'Authentik policy binding 3 of tool (id b0)',
      'Authentik policy binding 0 of tool (id b1)',
    ]);
  });
});

describe('a refusal in an undo of a change', () => {
  const refusing = (lacking?: readonly string[]) => {
    const refused = {
      system: 'Authentik',
      kind: 'Unauthorized',
      message: 'refused with 403',
      remedy: 'Look.',
    } as const;
    const { deps } = depsWith([binding('b1', 0, 'makers')], () => {
      throw new RegistrarError({ ...refused, ...(lacking === undefined ? {} : { lacking }) });
    });
    const job = jobWith([binding('b0', 3, 'makers')], []);
    return giveBack(deps, job, job.before.values as ValuesBefore);
  };

  it('ends the try where it may pass, so that it is waited out', async () => {
    await expect(refusing()).rejects.toMatchObject({ kind: 'Unauthorized' });
  });

  it('keeps at once what the token is proven not to be allowed', async () => {
    const kept = await refusing(['authentik_policies.change_policybinding']);
    expect(kept.map(({ why }) => why)).toEqual(['it could not be put back: refused with 403.']);
  });
});

describe('an undo of a changed binding', () => {
  const before = { ...binding('b0', 2, 'makers'), enabled: false, negate: true, timeout: 7, failureResult: true };
  const whole = {
    target: 'app',
    group: 'pk-makers',
    user: null,
    policy: null,
    order: 2,
    enabled: false,
    negate: true,
    timeout: 7,
    failure_result: true,
  };

  /** What is sent where the job remembers `was`, and Authentik holds `is`. */
  async function sent(was: Row, is: Row, remembered: (values: BindingBefore) => BindingBefore = (values) => values) {
    const requests: (readonly [string, object])[] = [];
    const rows = [is];
    const job = jobWith([was], []);
    const values = job.before.values as ValuesBefore;
    const { deps } = depsWith(rows, (id, request) => {
      requests.push([id, request]);
      rows[0] = was;
    });
    const kept = await giveBack(deps, job, { ...values, bindings: values.bindings.map(remembered) });
    expect(kept).toEqual([]);
    return requests;
  }

  it('sends the row whole, for Authentik takes it in no other way', async () => {
    expect(await sent(before, binding('b0', 2, 'makers'))).toEqual([['b0', whole]]);
  });

  it('gives the values to the one that came back under another key', async () => {
    expect(await sent(before, binding('anew', 2, 'makers'))).toEqual([['anew', whole]]);
  });

  it('takes what an older run did not write down from the row that is there', async () => {
    const short = ({ timeout: _timeout, failure_result: _result, ...rest }: BindingBefore): BindingBefore => rest;
    const now = { ...binding('b0', 2, 'makers'), timeout: 99 };
    expect(await sent(before, now, short)).toEqual([['b0', { ...whole, timeout: 99, failure_result: false }]]);
  });

  it('sends nothing where all is as it was', async () => {
    expect(await sent(before, before)).toEqual([]);
  });
});

describe('an undo of a change beside an account', () => {
  it('takes its binding out although an account named like one does not come back', async () => {
    const user = {
      pk: 9,
      username: 'policy binding bot',
      name: 'Bot',
      is_active: true,
      path: 'users',
      type: 'service_account',
    };
    const first = binding('b0', 0, 'makers');
    const { deps, done } = depsWith([first, binding('b1', 1, 'gardeners')], () => {
      throw new RegistrarError({ system: 'Authentik', kind: 'NotFound', message: 'no such user', remedy: 'Look.' });
    });
    const job = jobWith([first], ['makers', 'gardeners']);
    const before = { ...job.before.values, users: [user] } as unknown as ValuesBefore;
    const kept = await giveBack(
      { ...deps, authentik: { ...deps.authentik, user: async () => undefined } },
      job,
      before,
    );
    expect(done).toEqual(['b1 removed']);
    expect(kept.map(({ what }) => what)).toEqual(['Authentik service account policy binding bot (id 9)']);
  });
});

describe('a change', () => {
  const occupied = {
    application: APPLICATION,
    byName: PROVIDER,
    byClientId: PROVIDER,
    users: [],
    madeUsers: [],
  } as unknown as ExistingObjects;

  const problemsOf = (rows: Row[], asked: readonly string[]): string => {
    const permissions = { apply: 'global', missingView: [], missingDelete: [], missingChange: [] } as const;
    const found = { job: jobWith(rows, asked), bindings: rows, sections: [SECTION], permissions };
    return [...notItsOwn(found.job, occupied), ...foreignAccounts(found.job, occupied), ...foreignBindings(found)]
      .map(({ message }) => message)
      .join();
  };

  it('is refused where it would take over a binding that people made at its order', () => {
    const rows = [binding('b0', 0, 'makers'), binding('alice', 1, undefined)];
    expect(problemsOf(rows, ['makers', 'gardeners'])).toContain('has a binding at order 1 that neither');
  });

  it('puts another group into a binding that its section names', () => {
    expect(problemsOf([binding('b0', 0, 'drifted')], ['gardeners'])).toBe('');
  });

  it('ends nobody’s access by the end of a binding that was another group’s', () => {
    const ending = { ...binding('b0', 0, 'drifted'), expiring: true, expires: '2027-06-30T18:00:00Z' };
    const said = (row: Row, job: Job) => othersEnds({ job, bindings: [row] }).map(({ message }) => message);
    const job = jobWith([], ['gardeners']);
    expect(said(ending, job)).toEqual([
      'spec.access: the binding of order 0, which is to be that of gardeners, ends on 2027-06-30T18:00:00Z',
    ]);
    const asked = {
      ...job,
      wanted: { bindings: job.wanted.bindings.map((each) => ({ ...each, until: null })) },
    } as unknown as Job;
    expect([
      ...said(ending, asked),
      ...said(ending, jobWith([], ['drifted'])),
      ...said(binding('b', 0, 'x'), job),
    ]).toEqual([]);
  });

  it('writes no end that has passed', () => {
    const at = (until: string | null) =>
      alreadyEnded({ bindings: [{ order: 0, group: 'staff', enabled: true, negate: false, until }] }, 1000);
    expect(at('1970-01-01T00:00:01Z').map(({ message }) => message)).toEqual([
      'spec.access.until: the access of staff ended on 1970-01-01T00:00:01Z',
    ]);
    expect([...at('1970-01-01T00:00:02Z'), ...at(null)]).toEqual([]);
  });

  it('takes over nobody’s account, and knows its own by their mark', () => {
    const found = { ...occupied, users: ['alice', 'tool-bot'], madeUsers: ['tool-bot'] };
    expect(foreignAccounts(jobWith([], []), found).map(({ message }) => message)).toEqual([
      'user "alice" exists; the blueprint would change it',
    ]);
  });
});

describe('what is no longer asked for', () => {
  const client = {
    activity: { heartbeat: async () => undefined },
    withAbortSignal: async (_signal: unknown, act: () => Promise<unknown>) => act(),
  } as unknown as Client;

  it('goes where the client’s own runs made it, and stays where people did or another blueprint names it', async () => {
    const done: string[] = [];
    const marks: Readonly<Record<string, object>> = {
      bots: { madeFor: 'zot' },
      adopted: { madeFor: 'zot' },
      others: { madeFor: 'zap' },
      shared: { madeFor: 'zot' },
    };
    const deps = {
      installation: { ...installation, authentik: { ...installation.authentik, undo: 'delete' } },
      cluster: {
        get: async () => ({
          data: { 'zot.yaml': 'bots', 'other.yaml': '- !Find [authentik_core.group, [name, shared]]' },
        }),
      },
      git: { head: async () => 'head', listFiles: async () => [] },
      authentik: {
        group: async (name: string) => ({ pk: `pk-${name}`, name, users: [], ...marks[name] }),
        user: async (username: string) => ({ pk: 1, username, groups: [] }),
        secretDialect: async () => undefined,
        usedBy: async () => [],
        remove: async (_kind: string, id: string) => done.push(id),
      },
    } as unknown as Deps;
    const job = {
      client: 'zot',
      registration,
      names: { blueprintKey: 'zot.yaml' },
      before: {
        values: { dropped: { groups: ['bots', 'friends', 'adopted', 'others', 'shared'], users: ['alice'] } },
        older: { groups: ['adopted'], users: [], vaultField: false },
      },
    } as unknown as Job;

    const left = await new MockActivityEnvironment({}, { client }).run(() => removeDropped(deps, job));

    expect(done).toEqual(['pk-bots']);
    expect(left).toEqual([
      expect.stringMatching(/^Authentik group friends is no longer asked for; it stays, for it is not known/),
      expect.stringMatching(/^Authentik group adopted is no longer asked for; it stays, for it is not known/),
      expect.stringMatching(/^Authentik group others is no longer asked for; it stays, for it is not known/),
      expect.stringMatching(/^Authentik group shared is no longer asked for; it stays, for another registration/),
      expect.stringMatching(/^Authentik service account alice is no longer asked for; it stays/),
    ]);
  });

  it('is listed where the token may not see it', async () => {
    const hidden = new RegistrarError({
      system: 'Authentik',
      kind: 'Unauthorized',
      message: 'the token may not see secrets',
      remedy: 'Grant it.',
    });
    const deps = {
      installation: { ...installation, authentik: { ...installation.authentik, undo: 'delete' } },
      authentik: {
        secretDialect: async () => ({}),
        providerByName: async () => ({ secret: 'now' }),
        secretsNamed: async () => Promise.reject(hidden),
      },
    } as unknown as Deps;
    const job = {
      client: 'zot',
      names: { providerName: 'Zot' },
      before: { values: { dropped: { groups: [], users: [] } } },
    } as unknown as Job;
    const left = await new MockActivityEnvironment({}, { client }).run(() => removeDropped(deps, job));
    expect(left).toEqual([
      expect.stringMatching(
        /^Authentik secret .*Zot.*, if it was made is no longer asked for; it stays: the token may not see/,
      ),
    ]);
  });
});
