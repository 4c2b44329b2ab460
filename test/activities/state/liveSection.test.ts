import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { awaitedText, hashesOf } from '../../../activities/state/liveSection.ts';
import { Secret } from '../../../core/base/secret.ts';
import type { Job } from '../../../core/run/job.ts';

const VALUE = 'the-secret-that-the-vault-has';
const names = {
  vaultField: 'zot',
  secretKey: 'zot',
  envVar: 'Z',
  secretFile: '/secrets/zot',
  blueprintKey: 'zot.yaml',
};
const text = `entries:
  - { model: authentik_providers_oauth2.oauth2provider, id: p, identifiers: { name: Zot }, attrs: { client_secret: !File /secrets/zot } }
  - { model: authentik_core.application, identifiers: { slug: zot }, attrs: { provider: !KeyOf p } }
`;
const sha512 = (...parts: readonly (string | Buffer)[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha512')).digest('hex');
const withFile = (value: string): string => sha512(text, createHash('sha512').update(value).digest());

function systems(value: string | undefined): { readonly deps: Deps; reads: number } {
  const seen = {
    reads: 0,
    deps: {
      installation: { authentik: { blueprints: {} } },
      vault: {
        read: async () => {
          seen.reads += 1;
          return { fields: value === undefined ? [] : [{ label: 'zot', value: new Secret(value) }] };
        },
      },
    } as unknown as Deps,
  };
  return seen;
}

describe('a text that reads the secret from a file', () => {
  const job = { names, blueprint: { text, hash: sha512(text) } } as unknown as Job;

  it('is told by its own hash, and by that with the value of the vault', async () => {
    const isOurs = await awaitedText(systems(VALUE).deps, job);
    const hashes = [sha512(text), withFile(VALUE), withFile('an older one'), sha512(text, Buffer.of(0))];
    expect(await Promise.all(hashes.map(isOurs))).toEqual([true, true, false, false]);
  });

  it('is told without a file while the vault has none', async () => {
    const isOurs = await awaitedText(systems(undefined).deps, job);
    expect(await Promise.all([sha512(text, Buffer.of(0)), withFile(VALUE)].map(isOurs))).toEqual([true, false]);
  });

  it('reads the vault only where the text reads a file of the client’s', async () => {
    const seen = systems(VALUE);
    const { secretFile: _none, ...byEnv } = names;
    const isOther = hashesOf(seen.deps, { names: byEnv as unknown as Job['names'] }, text);
    const isPlain = hashesOf(seen.deps, job, 'entries: []\n');
    expect(await Promise.all([isOther(withFile(VALUE)), isOther(sha512(text)), isPlain(withFile(VALUE))])).toEqual([
      false,
      true,
      false,
    ]);
    expect(seen.reads).toBe(0);
  });

  it('reads the vault only where the hash of the text itself does not settle it', async () => {
    const seen = systems(VALUE);
    const isOurs = await awaitedText(seen.deps, job);
    expect([await isOurs(sha512(text)), seen.reads]).toEqual([true, 0]);
    expect([await isOurs(withFile(VALUE)), seen.reads]).toEqual([true, 1]);
  });
});
