import { expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { foreignIssuer } from '../../../activities/state/issuer.ts';
import { RegistrarError } from '../../../core/base/errors.ts';

const SLUG = { slug: 'zot' };
const unavailable = new RegistrarError({ system: 'Authentik', kind: 'Unavailable', message: 'm', remedy: 'r' });

function telling(document: () => Promise<{ readonly issuer: string } | undefined>): Deps {
  const installation = { authentik: { url: 'https://sso.example/' } };
  return { installation, authentik: { discoveryDocument: document } } as unknown as Deps;
}

it('the issuer of a client is told where it is of another address, and nothing else is', async () => {
  const at = (issuer: string) =>
    foreignIssuer(
      telling(async () => ({ issuer })),
      SLUG,
    );
  expect((await at('http://sso.example/application/o/zot/'))?.what).toContain('is of http://sso.example');
  expect(await at('https://sso.example/application/o/zot/')).toBeUndefined();
  expect(
    await foreignIssuer(
      telling(async () => undefined),
      SLUG,
    ),
  ).toBeUndefined();
  expect(
    await foreignIssuer(
      telling(() => Promise.reject(unavailable)),
      SLUG,
    ),
  ).toBeUndefined();
  await expect(
    foreignIssuer(
      telling(() => Promise.reject(new TypeError('x'))),
      SLUG,
    ),
  ).rejects.toThrow(TypeError);
});
