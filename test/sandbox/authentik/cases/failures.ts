import { expect } from 'vitest';
import type { Lab } from '../lab.ts';
import type { ClientText } from '../texts.ts';
import { alone, application, besideDemo, provider, type Case } from './case.ts';

/** One client whose apply fails: nothing of its file is there afterwards. */
function failing(text: ClientText): Case {
  return {
    async arrange(lab) {
      const path = `custom/${text.slug}.yaml`;
      await alone(lab, text);
      expect(lab.instance(path)).toMatchObject({ status: 'error', last_applied_hash: '' });
      expectNothingOf(lab, text.slug);
      return lab.instance(path).pk;
    },
  };
}

/** A client that collides with demo: rolled back, and demo is as it was. */
function colliding(text: ClientText): Case {
  return {
    async arrange(lab) {
      const pk = await besideDemo(lab, text);
      expect(lab.instance(`custom/${text.slug}.yaml`)).toMatchObject({ status: 'error', last_applied_hash: '' });
      expectNothingOf(lab, text.slug);
      expect(provider(lab, 'demo')).toMatchObject({ client_id: 'demo' });
      expect(application(lab, 'demo')).toMatchObject({ name: 'demo', provider: provider(lab, 'demo').pk });
      return pk;
    },
  };
}

function expectNothingOf(lab: Lab, slug: string): void {
  expect(lab.rows.providers.some((row) => row.name === slug || row.client_id === slug)).toBe(false);
  expect(lab.rows.applications.some((row) => row.slug === slug)).toBe(false);
}

/** The task logs of applies that failed. */
export const FAILURES: Readonly<Record<string, Case>> = {
  '08-tasks-bad-grant-type': failing({ slug: 'q8badgrant', grantTypes: '[authorization_code, nonsense]' }),
  '08-tasks-binding-group-missing': failing({ slug: 'q8grp', group: 'nobody' }),
  '11-tasks-find-without-match-leaks-secret': failing({
    slug: 'q8flow',
    flow: 'nosuch',
    grantTypes: '[authorization_code, refresh_token]',
  }),
  '11-tasks-of-instance-env-missing': failing({
    slug: 'q2missing',
    secret: '!Env OIDC_MISSING_SECRET',
    grantTypes: '[authorization_code, refresh_token]',
  }),
  '13-tasks-client-id-in-use': colliding({ slug: 'col2', clientId: 'demo' }),
  '13-tasks-must-created-exists': colliding({ slug: 'col5', providerName: 'demo', state: 'must_created' }),
  '13-tasks-provider-name-in-use': colliding({ slug: 'col1', providerName: 'demo' }),
  '13-tasks-provider-name-unique': colliding({ slug: 'col4', providerName: 'demo', identify: 'client_id' }),
};
