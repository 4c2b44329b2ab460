import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Authentik } from '../../integrations/authentik/authentik.ts';
import { groupText } from '../sandbox/authentik/texts.ts';
import { Lab } from '../sandbox/authentik/lab.ts';
import { asJob } from './authentik/adapter.ts';

const { entries } = parse(readFileSync('deploy/authentik-role.yaml', 'utf8'), {
  customTags: [{ tag: '!KeyOf', resolve: (id: string) => id }],
}) as { readonly entries: readonly [{ readonly attrs: { readonly permissions: readonly string[] } }] };
const ROLE = entries[0].attrs.permissions;

function codenames(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.split('.')[1] ?? ''));
}

describe.each(['2026.2.2', '2026.5.0', '2026.8.3'])(
  'the role of deploy/authentik-role.yaml on Authentik %s',
  (version) => {
    let lab: Lab;
    let authentik: Authentik;
    beforeAll(async () => {
      lab = await Lab.start(version);
      await lab.pod({ 'custom/a.yaml': groupText('a') });
      authentik = await asJob(lab);
    });
    afterAll(() => lab.close());

    /** Optional, and in a comment there: asked for where a repair finds a disabled instance. */
    const OPTIONAL = 'authentik_blueprints.change_blueprintinstance';

    /** What the job finds missing of this role, by its own questions alone. */
    async function missing(): Promise<readonly string[]> {
      const { missingView, missingDelete = [], missingChange = [], apply } = await authentik.permissions(undefined);
      const unable = apply === 'none' ? ['authentik_blueprints.add_blueprintinstance'] : [];
      // Who may not view groups or accounts cannot ask about one.
      const usedBy = missingView.length > 0 ? [] : await authentik.lackingForUsedBy();
      return [...missingView, ...missingDelete, ...missingChange, ...unable, ...usedBy].filter(
        (name) => name !== OPTIONAL,
      );
    }

    test('lacks nothing', async () => {
      lab.grant.permissions = new Set(codenames(ROLE));
      expect(await missing()).toEqual([]);
    });

    test.each(ROLE)('is seen to lack %s alone', async (name) => {
      lab.grant.permissions = new Set(codenames(ROLE.filter((each) => each !== name)));
      expect(await missing()).toEqual([name]);
    });
  },
);
