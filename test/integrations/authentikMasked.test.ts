import { describe, expect, test } from 'vitest';
import { masked } from '../../integrations/authentik/masked.ts';
import { toTask } from '../../integrations/authentik/rows.ts';
import type { Row } from '../../integrations/authentik/shape.ts';
import { haveRecordings, readRecording, recordedNames, VERSIONS } from '../sandbox/authentik/recordings.ts';

describe('masked', () => {
  test.each([
    ['letters and digits', 'DummySecretOne4AAAAAAAAAAA'],
    ['letters of jumping case', 'aBcDeFgHiJkLmNoPqRsTuVwXyZ'],
    ['many letters', 'DummySecretOneAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['hex', '0123456789abcdef0123456789abcdef'],
    ['base64', 'q83vEjRWeJC/7+abcDEFghij0123456789xyz=='],
    ['base64url', 'q83vEjRWeJC_7-abcDEFghij0123456789xyz'],
    ['sixteen characters, the shortest that the vault takes', 'abcdefgh12345678'],
  ])('is a secret of %s', (_what, secret) => {
    expect(masked(`bad value ${secret}, really`)).toBe('bad value [masked], really');
    expect(masked(`'${secret}'`)).toBe("'[masked]'");
  });

  test.each([
    "Entry invalid: Serializer errors {'authorization_flow': [ErrorDetail(string='This field may not be null.', code='null')]}",
    'KeyOf: failed to find entry with `id` of `artifact-workloads-provider` and a model instance',
    'duplicate key value violates unique constraint "authentik_blueprints_blueprintinstance_name_404be626_uniq"',
    "[Errno 2] No such file or directory: '/blueprints/custom/very-long-name-of-a-client.yaml'",
    'BlueprintRetrievalFailed ImproperlyConfiguredException',
    'instance 145bfb3a-b8c5-4681-92f6-8a7436ac705e applied at 2026-11-24T13:58:32.868563Z',
    'default-provider-authorization-implicit-consent, AUTHENTIK_ZOT_CLIENT_SECRET, goauthentik.io/providers/oauth2',
    'pod authentik-worker-6c5d7f8b9d-x2x4z restarted',
    'OAuth2/OpenID Provider with this Client ID already exists.',
  ])('is nothing of: %s', (words) => {
    expect(masked(words)).toBe(words);
  });
});

describe.skipIf(!haveRecordings)('the task logs of a real Authentik', () => {
  const logs = VERSIONS.flatMap((version) =>
    recordedNames(version)
      .filter((name) => name.includes('-tasks-'))
      .map((name) => ({ version, name })),
  );

  test.each(logs)('$name of $version.version show sentences, and no secret', ({ version, name }) => {
    const { results } = readRecording(version, name).response.body as { results: readonly Row[] };
    for (const task of results.map(toTask)) {
      expect(JSON.stringify(task)).not.toContain('DummySecret');
      expect(task.warnings).toBeDefined();
      for (const words of task.warnings ?? []) expect(words).not.toContain('[masked]');
    }
  });

  test('hold the secret in clear before that', () => {
    const [version] = VERSIONS;
    if (version === undefined) throw new Error('no version');
    const leaking = readRecording(version, '11-tasks-find-without-match-leaks-secret');
    expect(JSON.stringify(leaking.response.body)).toContain('DummySecretOne');
    const { results } = leaking.response.body as { results: readonly Row[] };
    expect(results.map(toTask)[0]?.warnings).toEqual([
      "Entry invalid: Serializer errors {'authorization_flow': [ErrorDetail(string='This field may not be null.', code='null')]}",
      'Blueprint validation failed',
    ]);
  });
});
