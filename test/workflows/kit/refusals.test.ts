import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import type { Activities } from '../../../activities/createActivities.ts';
import type { Notice } from '../../../core/installation/notice.ts';
import type { InstallationSummary } from '../../../core/run/requests.ts';
import type { ProgressView } from '../../../core/run/progress.ts';
import type { RegisterResult, UndoReport } from '../../../core/run/reports.ts';
import { failure, fakeActivities } from '../fakes.ts';
import { runRegistration } from '../runRegistration.ts';
import { useTimeSkipping } from '../timeSkipping.ts';

// The workflow alone, on a server that skips time.

let env: TestWorkflowEnvironment;
useTimeSkipping((started) => {
  env = started;
});

interface Ended {
  readonly result?: RegisterResult;
  readonly type?: string;
  readonly message: string;
  readonly report: UndoReport;
}

async function ended(handle: WorkflowHandle): Promise<Ended> {
  const report = { undone: [], kept: [] };
  try {
    return { result: (await handle.result()) as RegisterResult, message: '', report };
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : error;
    if (!(cause instanceof ApplicationFailure)) throw error;
    return { type: cause.type ?? '', message: cause.message, report: cause.details?.[0] as UndoReport };
  }
}

const run = async (over: Partial<Activities>, land: 'last' | 'first' = 'last') => {
  const { activities, journal } = fakeActivities(land, over);
  const end = await runRegistration(env, activities, ended);
  return { ...end, triesOf: (name: string) => journal.filter((entry) => entry === name).length, journal };
};

/** These activities fail so often each, then do what the plain fakes do. */
function refused(
  times: number,
  error: ApplicationFailure,
  ...names: readonly (keyof Activities)[]
): Partial<Activities> {
  const plain = fakeActivities('last').activities as unknown as Record<
    string,
    (...args: unknown[]) => Promise<unknown>
  >;
  const entries = names.map((name) => {
    let left = times;
    const activity = async (...args: unknown[]): Promise<unknown> => {
      left -= 1;
      if (left >= 0) throw error;
      return plain[name]?.(...args);
    };
    return [name, activity] as const;
  });
  return Object.fromEntries(entries);
}

const progress = async (): Promise<ProgressView> => env.client.workflow.getHandle('oidc-client/zot').query('progress');

const expired = failure('Unauthorized', 'Authentik: 403 Token invalid/expired');
const notVerified = { verifyRegistration: async () => Promise.reject(failure('Failed', 'not verified')) };

describe('a refusal', () => {
  it('is waited out in a step once preflight has passed, and told while it lasts', async () => {
    const seen: (string | undefined)[] = [];
    let tries = 0;
    const { result } = await run({
      renderAnsibleFiles: async () => {
        tries += 1;
        seen.push((await progress()).waitsFor);
        if (tries < 3) throw expired;
        return {};
      },
      verifyRegistration: async () => {
        seen.push((await progress()).waitsFor);
        return { checks: [] };
      },
    });

    expect(result?.outcome).toBe('registered');
    const told = 'Authentik: 403 Token invalid/expired. Mend Unauthorized. (tried again for up to 10 min)';
    expect(seen).toEqual([undefined, told, told, undefined]);
  });

  it('is waited out where the change lands and where it is merged, without withdrawing what is proposed', async () => {
    const { result, journal } = await run(refused(2, expired, 'landChange'), 'first');

    expect(result?.outcome).toBe('registered');
    expect(journal).not.toContain('settleLanding');
  });

  it('ends the run at once where preflight has not passed with the same credentials', async () => {
    const { type, triesOf } = await run({ preflight: async () => Promise.reject(expired) });

    expect(type).toBe('Unauthorized');
    expect(triesOf('preflight')).toBe(1);
  });

  it('that lasts ends the step, and everything is taken back', async () => {
    const { type, message } = await run({ renderAnsibleFiles: async () => Promise.reject(expired) });

    expect(type).toBe('Unauthorized');
    expect(message).toContain('Everything is as it was.');
  });

  it('is waited out by the undo, in each of its parts', async () => {
    const names = ['settleLanding', 'undoSyncBlueprint', 'undoStoreSecret', 'deleteRunBranch', 'releaseTurn'] as const;
    const { message, triesOf } = await run({ ...notVerified, ...refused(2, expired, ...names) });

    expect(message).toContain('Everything is as it was.');
    expect(names.map(triesOf)).toEqual([3, 3, 3, 3, 3]);
  });
});

describe('a worker with another configuration', () => {
  const other = failure('OtherConfiguration', 'registrar.yaml: it differs in vault.itemId');
  const places = { repository: 'repo', vault: 'item A', cluster: 'ns', authentik: 'idp', turn: 'hub' };
  const summary = (): Partial<Activities> => {
    const { describeInstallation } = fakeActivities('last').activities;
    const notify: InstallationSummary['notify'] = { on: ['waiting', 'failed'], afterMs: 60_000 };
    return { describeInstallation: async () => ({ ...(await describeInstallation()), places, notify }) };
  };

  it('is waited for in a step and before preflight too, until one comes that is right', async () => {
    const { result, triesOf } = await run({
      ...refused(1, other, 'preflightBeforeTurn', 'acquireTurn', 'preflight'),
      ...refused(3, other, 'storeSecret'),
    });

    expect(result?.outcome).toBe('registered');
    const tries = ['preflightBeforeTurn', 'acquireTurn', 'preflight', 'storeSecret'].map(triesOf);
    expect(tries).toEqual([2, 2, 2, 4]);
  });

  it('that stays takes nothing back: all is listed by name and place, people are told, the branch is kept', async () => {
    const notices: Notice[] = [];
    const all = Object.keys(fakeActivities('last').activities).filter((name) =>
      /^(undo|settle|delete|release)/.test(name),
    );
    const { type, report, journal, triesOf } = await run({
      ...Object.fromEntries(all.map((name) => [name, async () => Promise.reject(other)])),
      ...notVerified,
      ...summary(),
      notify: async (notice) => {
        notices.push(notice);
      },
    });

    expect(type).toBe('UndoIncomplete');
    expect(report.undone).toEqual([]);
    expect(journal).not.toContain('undoStoreSecret');
    expect(triesOf('settleLanding')).toBeGreaterThan(5);
    const listed = report.kept.map(({ what, why }) => `${what}: ${why}`).join('\n');
    expect(listed).toContain('it differs in vault.itemId');
    expect(listed).toContain('vault field zot-client-secret: it is a part of that. It is in item A.');
    expect(listed).toContain('branch oidc-registrar/zot-x: it is a part of that. It is in repo.');
    expect(notices.map(({ kind }) => kind)).toEqual(['waiting', 'failed']);
  });

  it('is waited for once by the whole undo', async () => {
    const { report, triesOf } = await run({
      ...notVerified,
      undoPatchExternalSecret: async () => Promise.reject(other),
      deleteRunBranch: async () => Promise.reject(other),
      releaseTurn: async () => Promise.reject(other),
      ...summary(),
    });

    expect(triesOf('undoPatchExternalSecret')).toBeGreaterThan(5);
    expect(triesOf('releaseTurn')).toBe(1);
    expect(report.kept.map(({ what }) => what)).toContain('branch oidc-registrar/zot-x');
  });
});
