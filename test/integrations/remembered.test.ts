import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { masked } from '../../core/masking/masked.ts';
import { markNote } from '../../integrations/onepassword/marks.ts';
import { rememberData } from '../../integrations/kubernetes/remembered.ts';

/** As the API server gives a Secret. */
function secret(value: string) {
  const data = { file: Buffer.from(value).toString('base64') };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'photos', namespace: 'photos' }, data };
}

test('of a configuration its secrets are known, and not the words around them', () => {
  rememberData(
    secret(`oauth:
  clientId: photos
  clientSecret: q7Jt0LwXy5Bz2NdVc8Rk
  issuerUrl: https://login.orchard.example/application/o/photos/
  store: http://10.1.2.3:9000
  key: "aBcDeFgHiJkLmNoPqRsTuVwX"
`),
  );
  rememberData(secret('{"clientSecret": "m3Qp9Zs6Hf1Gy4Tn0Kx8", "storageFolder": "/mnt/photos/library"}'));

  const words =
    'must not hold <<clientSecret>>: https://login.orchard.example/application/o/photos/ of storageFolder /mnt/photos/library at http://10.1.2.3:9000';
  expect(masked(words)).toBe(words);
  for (const known of ['q7Jt0LwXy5Bz2NdVc8Rk', 'aBcDeFgHiJkLmNoPqRsTuVwX', 'm3Qp9Zs6Hf1Gy4Tn0Kx8'])
    expect(masked(`it said ${known}.`)).toBe('it said [masked].');
});

test('the note on a field that came with its whole item names no secret', () => {
  const { label, text } = markNote('f1', { client: 'wiki', vaultField: 'wiki-client-secret', changeId: randomUUID() });
  expect(label).toContain('f1');
  rememberData(secret(text));
  expect(masked('field "wiki-client-secret" of client wiki')).toBe('field "wiki-client-secret" of client wiki');
});

test('any other value is known as a whole, with the line break at its end', () => {
  rememberData(secret('nine purple tractors sing\n'));
  expect(masked('it said "nine purple tractors sing".')).toContain('[masked]');
});
