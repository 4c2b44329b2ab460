import { expect, it } from 'vitest';
import { assertOwnPlace, assertSamePlace } from '../../../activities/preflight/ownItem.ts';
import type { RegistrarError } from '../../../core/base/errors.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import type { RegistrationRecord } from '../../../core/registration/record.ts';
import type { VaultContents } from '../../../integrations/vault/vault.ts';
import { caseInstallation } from '../../fixtures/zot.ts';

const vaultItem = { title: 'oidc-zot', client: 'zot' };

function judged(own: VaultContents['own'], items: readonly string[] = []): string {
  const installation = installationSchema.parse({ ...caseInstallation, policy: { items } });
  try {
    const contents = { system: '1Password', place: 'item "oidc-zot"', ...(own === undefined ? {} : { own }) } as const;
    assertOwnPlace({ installation }, { vaultItem }, contents);
    return 'taken';
  } catch (error) {
    const { message, remedy } = error as RegistrarError;
    return `${message} ${remedy}`;
  }
}

const byPeople = { id: 'i', madeBy: undefined };

it('an item is a client’s where the job makes it, or has made it for this client', () => {
  expect(judged(undefined)).toBe('taken');
  expect(judged({ id: undefined, madeBy: undefined })).toBe('taken');
  expect(judged({ id: 'i', madeBy: { client: 'zot', changeId: 'c' } })).toBe('taken');
});

it('one that people made needs a line of policy.items, and the refusal prints it', () => {
  expect(judged(byPeople)).toMatch(/^item "oidc-zot" \(i\) is there already, .* policy: \{items: \["oidc-zot"\]\}/);
  expect(judged(byPeople, ['oidc-wiki'])).toContain('is there already');
  for (const items of [['oidc-zot'], ['oidc-*'], ['**']]) expect(judged(byPeople, items)).toBe('taken');
});

it('one that the job made for another client is refused whatever the policy says', () => {
  const own = { id: 'i', madeBy: { client: 'wiki', changeId: 'c' } };
  for (const items of [[], ['**']]) expect(judged(own, items)).toContain('the one that the job made for client wiki');
});

it('one that came in the place of the one of the record is refused', () => {
  const contents = { system: '1Password', place: 'item "oidc-zot"', own: { id: 'new', madeBy: undefined } } as const;
  const recorded = (title: string, id: string) => {
    const record = { vaultItem: { title, id } } as RegistrationRecord;
    return () => assertSamePlace({ vaultItem }, { record }, contents);
  };
  expect(recorded('oidc-zot', 'old')).toThrow(
    'item "oidc-zot" (new) is not the one that client zot has its secret in (old)',
  );
  expect(recorded('oidc-zot', 'new')).not.toThrow();
  // The registration has named another since.
  expect(recorded('zot', 'old')).not.toThrow();
  expect(() => assertSamePlace({ vaultItem }, { record: undefined }, contents)).not.toThrow();
  expect(() => assertSamePlace({}, { record: undefined }, contents)).not.toThrow();
});
