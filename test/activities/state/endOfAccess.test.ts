import { expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { readFound } from '../../../activities/state/authentikState.ts';
import type { Job } from '../../../core/run/job.ts';
import { Secret } from '../../../core/base/secret.ts';
import { createAuthentik } from '../../../integrations/authentik/goauthentik.ts';
import { demo } from '../../sandbox/authentik/cases/case.ts';
import { ADMIN_TOKEN, Lab } from '../../sandbox/authentik/lab.ts';

const job = {
  names: { slug: 'demo', providerName: 'demo' },
  registration: { spec: { groups: [] } },
  wanted: { provider: { scopes: [] }, bindings: [] },
} as unknown as Job;

it.each([
  ['2026.5.0', true, '2999-01-01T00:00:00Z', undefined],
  ['2026.8.3', true, '2999-01-01T02:00:00+02:00', '2999-01-01T00:00:00Z'],
  ['2026.8.3', false, '2999-01-01T00:00:00Z', null],
  ['2026.8.3', true, null, null],
])(
  'Authentik %s tells of a binding that expiring is %s and expires %s: %s',
  async (version, expiring, expires, end) => {
    const lab = await Lab.start(version);
    try {
      await demo(lab);
      for (const row of lab.rows.bindings) Object.assign(row, { expiring, expires });
      const authentik = await createAuthentik({ url: lab.url, token: new Secret(ADMIN_TOKEN), timeoutMs: 20_000 });
      const { bindings } = await readFound({ authentik } as unknown as Deps, job);
      expect(bindings.map(({ until }) => until)).toEqual([end]);
    } finally {
      await lab.close();
    }
  },
);
