import { expect, it } from 'vitest';
import { checkAuthentik } from '../../../activities/check/authentik.ts';
import type { Deps } from '../../../activities/deps.ts';
import type { CheckBasis, CheckReport } from '../../../core/check/finding.ts';
import { refused } from '../../../core/base/errors.ts';
import { attemptIn } from '../../fixtures/attempts.ts';

const VIEW = 'authentik_blueprints.view_blueprintinstance';

/** What a check says where Authentik refuses to list instances, and the token lacks these permissions. */
async function saidWithout(missingView: readonly string[]): Promise<string> {
  const authentik = {
    instancesByPath: async () => {
      throw refused('Authentik', 'Authentik answered 403', 'Look at its role.', 'Unauthorized');
    },
    permissions: async () => ({ missingView }),
  };
  const basis = { client: 'zot', names: { blueprintPath: 'custom/zot.yaml' }, blueprint: { text: '' } };
  const { findings }: CheckReport = await attemptIn(async () => undefined).run(() =>
    checkAuthentik({ authentik } as unknown as Deps, basis as unknown as CheckBasis),
  );
  return findings.map(({ severity, what }) => `${severity} ${what}`).join();
}

it('what the token may not list is told by the permission that it lacks', async () => {
  expect(await saidWithout([VIEW])).toContain(`unreadable the token lacks ${VIEW}`);
});

it('and in the words of Authentik where it tells of none', async () => {
  expect(await saidWithout([])).toBe('unreadable Authentik answered 403');
});
