import { describe, expect, test } from 'vitest';
import { toTask } from '../../integrations/authentik/rows.ts';
import type { Row } from '../../integrations/authentik/shape.ts';
import { haveRecordings, readRecording, recordedNames, VERSIONS } from '../sandbox/authentik/recordings.ts';

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
