import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { planOffline } from '../../client/commands/planOffline.ts';
import { planDiff } from '../../client/output/plan.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';
import { EXAMPLES, examplesLayout, policyOf } from '../fixtures/examples.ts';
import { gitApply, workingCopy } from '../fixtures/gitApply.ts';

const { files, installation } = await examplesLayout();

it('there are examples of at least six services', () => {
  expect(EXAMPLES.length).toBeGreaterThanOrEqual(6);
});

describe.each(EXAMPLES)('the example %s', (client) => {
  it('is refused by the policy that is there without a line, for each line that it names and no other', async () => {
    const repo = await workingCopy(files);
    const planned = async (policy: NonNullable<typeof installation.policy>) => {
      const registrar = path.join(await temporaryFolder(), 'registrar.yaml');
      await writeFile(registrar, stringify({ ...installation, policy }));
      return planOffline({ client, repo, installation: registrar });
    };
    await expect(planned({})).rejects.toMatchObject({ kind: 'Refused', system: 'registration file' });
    expect((await planned(policyOf(client))).plan.unchanged).toBe(false);
  });

  it('is planned into a diff that git takes, which makes exactly the planned texts and nothing else', async () => {
    const repo = await workingCopy(files);
    const registrar = path.join(await temporaryFolder(), 'registrar.yaml');
    await writeFile(registrar, stringify(installation));
    const asked = { client, repo, installation: registrar };
    const { plan, files: planned, workingCopy: copy } = await planOffline(asked);
    // Without a secret it is the section alone.
    const least = files[`oidc-clients/${client}.yaml`]?.includes('clientType: public') ? 1 : 3;
    expect(planned.length).toBeGreaterThanOrEqual(least);
    const after = Object.fromEntries(planned.map(({ path: file, after: text }) => [file, text]));
    expect(await gitApply(files, planDiff(plan))).toEqual({ ...files, ...after });
    expect(plan.warnings.filter((warning) => warning.includes('has no handler'))).toEqual([]);

    copy.write(planned);
    expect((await planOffline(asked)).plan.unchanged).toBe(true);
  });
});
