import type { WorkflowHandle } from '@temporalio/client';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { clientNamed } from '../../test/fixtures/clients.ts';
import type { Recorder, Run, Setting } from './recorder.ts';

/** What happens in a sandbox, and which of its runs are recorded, by the names of their files. All have ended by then. */
export interface Story {
  readonly names: readonly string[];
  readonly setting: Setting;
  readonly tell: (bed: Recorder) => Promise<readonly Run[]>;
}

/** A story of which one run is recorded. */
export function story(name: string, setting: Setting, tell: (bed: Recorder) => Promise<WorkflowHandle>): Story {
  return { names: [name], setting, tell: async (bed) => [await tell(bed)] };
}

type Adjust = NonNullable<Setting['adjust']>;
type Timings = NonNullable<Parameters<Adjust>[0]['timings']>;

export const MANUAL: Setting = { layout: 'manual' };
export const AUTO: Setting = { layout: 'auto' };

/** Where a client may be one without a secret. */
export const PUBLIC: Setting = {
  ...MANUAL,
  adjust: (all) => ({ ...all, policy: { ...all.policy, publicClients: 'new' } }),
};

/** A client without a secret, and so without a consumer to bring one to. */
export function publicNamed(name: string): RegistrationInput {
  const client = clientNamed(name);
  return { ...client, spec: { ...client.spec, clientType: 'public', consumers: [] } };
}

/** Whoever deploys without being asked does not, until this is taken out. */
export const SUSPENDED = { system: 'flux', effect: { kind: 'behaviour', name: 'suspended' } } as const;

/** With other limits; `notified`: people are told what takes longer than a moment. */
export function withTimings(
  setting: Setting,
  timings: Timings,
  { notified = false, landBy }: { notified?: boolean; landBy?: 'pullRequest' } = {},
): Setting {
  return {
    ...setting,
    ...(notified ? { notify: 'json' as const } : {}),
    adjust: (all) => ({
      ...all,
      ...(notified ? { notify: { shape: 'json' as const, afterMs: 300 } } : {}),
      gitops: { ...all.gitops, ...(landBy === undefined ? {} : { landBy }) },
      timings: { ...all.timings, ...timings },
    }),
  };
}

/** People are told what takes longer than a moment. */
export function notified(setting: Setting): Setting {
  return withTimings(setting, {}, { notified: true });
}

/** A merge is looked for when the signal says so, so that a story decides what a run has seen. */
export function byPullRequest(setting: Setting, timings: Timings = {}, options = { notified: false }): Setting {
  const patient = { mergeMs: 3_600_000, mergePollMs: 600_000, ...timings };
  return withTimings(setting, patient, { ...options, landBy: 'pullRequest' });
}
