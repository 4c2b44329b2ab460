import { expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { isUnscheduled } from '../../../activities/state/unscheduled.ts';
import { registrationSchema } from '../../../core/registration/registration.ts';
import { zotRegistration } from '../../fixtures/zot.ts';

const by = (whom: string) => async (): Promise<unknown> => ({ by: whom });
const none = async (): Promise<unknown> => undefined;
const away = async (): Promise<unknown> => Promise.reject(new Error('away'));

it.each([
  ['there is none', none, {}, true],
  ['a registration has made one', by('registration'), {}, false],
  ['a person has made one', by('person'), {}, false],
  ['one is asked for', none, { rotation: { every: '90d' } }, false],
  ['Temporal does not tell', away, {}, false],
])('where %s', async (_where, read, asked, unscheduled) => {
  const registration = registrationSchema.parse({ ...zotRegistration, spec: { ...zotRegistration.spec, ...asked } });
  const deps = { schedules: { read } } as unknown as Deps;
  expect(await isUnscheduled(deps, 'zot', registration)).toBe(unscheduled);
});
