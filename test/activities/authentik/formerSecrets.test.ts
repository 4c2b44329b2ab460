import { expect, it } from 'vitest';
import { formerSecretsLeft } from '../../../activities/authentik/formerSecrets.ts';
import type { Deps } from '../../../activities/deps.ts';
import { RegistrarError, type ErrorKind } from '../../../core/base/errors.ts';
import type { Names } from '../../../core/names/names.ts';
import type { Leftover } from '../../../core/run/reports.ts';
import { attemptIn } from '../../fixtures/attempts.ts';

const NAME = 'Client zot client_secret';

interface There {
  /** Whether Authentik has such objects. */
  readonly objects?: boolean;
  readonly provider?: { readonly secret: string | null };
  readonly undo?: 'delete' | 'keep';
  readonly usedBy?: readonly object[];
  readonly asked?: ErrorKind;
  readonly tries?: number;
}

/** What of the objects "now" and "former" is left, and what is told. */
async function after({
  objects = true,
  provider = { secret: 'now' },
  undo = 'delete',
  usedBy = [],
  asked,
  tries = 3,
}: There) {
  const rows = ['now', 'former'].map((pk) => ({ pk, name: NAME }));
  const authentik = {
    secretDialect: async () => (objects ? { reference: 'secret_ref' } : undefined),
    providerByName: async () => provider,
    secretsNamed: async (name: string) => {
      if (asked !== undefined)
        throw new RegistrarError({ system: 'Authentik', kind: asked, message: 'no answer', remedy: 'See to it.' });
      return name === NAME ? [...rows] : [];
    },
    usedBy: async () => usedBy,
    remove: async (_kind: string, pk: string) =>
      void rows.splice(
        rows.findIndex((row) => row.pk === pk),
        1,
      ),
  };
  const deps = { authentik, installation: { authentik: { undo } } } as unknown as Deps;
  const names = { providerName: 'Client zot' } as Names;
  const attempt = attemptIn(async () => undefined, { attempt: tries });
  const told: readonly Leftover[] = await attempt.run(() => formerSecretsLeft(deps, { names }));
  return { left: rows.map(({ pk }) => pk), told: told.map(({ what, why }) => `${what}: ${why}`) };
}

it('deletes the object that the provider has no more, and only that', async () => {
  expect(await after({})).toEqual({ left: ['now'], told: [] });
});

it('asks again where what went wrong may pass by itself', async () => {
  await expect(after({ asked: 'Unavailable', tries: 2 })).rejects.toThrow('no answer');
  expect((await after({ asked: 'Unauthorized', tries: 1 })).told).toHaveLength(1);
});

it.each<[string, There, RegExp | undefined]>([
  ['of an Authentik without such objects', { objects: false }, undefined],
  ['of a provider whose object nobody tells', { provider: { secret: null } }, undefined],
  ['where somebody else uses it', { usedBy: [{ model: 'source', pk: 'x', name: 'theirs' }] }, /former.*in use: theirs/],
  ['where registrar.yaml says so', { undo: 'keep' }, /former.*authentik\.undo: keep/],
  ['which the token may not see', { asked: 'Unauthorized' }, /if it was made: no answer/],
  ['where Authentik does not answer, and ends no run for that', { asked: 'Unavailable' }, /former value: no answer/],
])('keeps it %s', async (_, there, told) => {
  const { left, told: all } = await after(there);
  expect(left).toEqual(['now', 'former']);
  expect(all).toEqual(told === undefined ? [] : [expect.stringMatching(told)]);
});
