import type { RegistrationInput } from '../../core/registration/registration.ts';
import { stringify } from 'yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CheckResult } from '../../core/check/finding.ts';
import { clientParts } from '../../core/edits/blueprint/clientParts.ts';
import { keyOfNamed, PROVIDER } from '../../core/edits/blueprint/models.ts';
import { sectionIn } from '../../core/edits/kubernetes/mapSection.ts';
import { installationSchema } from '../../core/installation/installation.ts';
import { checkRegistration } from '../../core/installation/readFiles.ts';
import { resolveNames } from '../../core/names/names.ts';
import { hashOf } from '../../activities/state/appliedHash.ts';
import { eventually } from '../fixtures/polling.ts';
import { CHANGES, changed, failChange } from './changes.ts';
import { deregister, failDeregistration, strikeStep } from './deregistering.ts';
import { failPlace, rotatable } from './rotationFaults.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

const client = rotatable('split');
const [change] = CHANGES;
if (change === undefined) throw new Error('no change');
const wanted = changed(client, change);

describe('a client whose provider stands in another section than its application,', () => {
  let bed: TestBed;
  useTestBed({}, (started) => {
    bed = started;
  });
  const instances = () =>
    bed.world.authentik.database.rows.instances.filter(({ path }) => path.startsWith('custom/split'));
  const textOf = async (key: string): Promise<string | undefined> => {
    const { file, configMap: name } = bed.world.installation.authentik.blueprints;
    return sectionIn(await bed.world.repository.read(file), { name, key });
  };
  const findings = async (asked: RegistrationInput): Promise<readonly string[]> => {
    await bed.world.repository.commitAs('ada', { 'oidc-clients/split.yaml': stringify(asked) }, 'Say what is asked');
    const options = { taskQueue: IDS.taskQueue, workflowId: IDS.check('split'), args: [{ client: 'split' }] };
    const result: CheckResult = await bed.client.workflow.execute('checkClient', options);
    return result.findings.filter(({ severity }) => severity !== 'notice').map(({ what }) => what);
  };

  beforeAll(async () => {
    await bed.register('split', client);
    await bed.world.consumer.byHand('split');
    // A pod that is still ending may have no variable of the client, and would apply the new file in vain.
    await bed.world.settled();
    const { file } = bed.world.installation.authentik.blueprints;
    const text = await bed.world.repository.read(file);
    const names = resolveNames(checkRegistration(client, 'test'), installationSchema.parse(bed.world.installation));
    const at = (key: string, blueprintName: string) => ({
      blueprintKey: key,
      blueprintPath: `custom/${key}`,
      blueprintName,
    });
    const provider = {
      ...at('split-provider.yaml', 'Split provider'),
      entries: [keyOfNamed(PROVIDER, names.providerName)],
    };
    const parts = clientParts((await textOf('split.yaml')) ?? '', { ...names, further: [provider] });
    const sections = parts.map(
      ({ section: { blueprintKey }, text: part }) => `  ${blueprintKey}: |\n${part.replaceAll(/^(?=.)/gm, '    ')}`,
    );
    const start = text.indexOf('  split.yaml: |\n');
    await bed.world.repository.commitAs(
      'ada',
      { [file]: `${text.slice(0, start)}${sections.join('').trimEnd()}\n` },
      'Put the provider apart',
    );
    await bed.world.fullSync();
    await bed.world.settled();
    // Discovery applies a new file, and a changed one, some time after the kubelet has brought it.
    const hashes = await Promise.all(
      ['split.yaml', 'split-provider.yaml'].map(async (key) => hashOf((await textOf(key)) ?? '')),
    );
    await eventually(
      () => instances().filter(({ status }) => status === 'successful'),
      (found) => hashes.every((hash) => found.some((row) => row.last_applied_hash === hash)),
    );
  });

  it('is registered as it stands', async () => {
    const result = await bed.register('split', client);
    expect([result.outcome, result.checks.filter(({ ok }) => !ok)]).toEqual(['unchanged', []]);
    expect(result.checks.filter(({ name }) => name.includes('blueprint status'))).toHaveLength(2);
    expect(await findings(client)).toEqual([]);
  });

  it.each(['syncBlueprint', 'verifyRegistration'] as const)(
    'a change that fails in %s is taken back in both',
    async (step) => {
      const before = await bed.world.snapshot();
      await failChange(bed.world, step, { land: 'last', slug: 'split' });
      expect((await bed.fail('split', wanted)).kept).toEqual([]);
      await bed.expectAsBefore(before);
    },
  );

  it('is changed in the section where each entry stands', async () => {
    expect((await bed.register('split', wanted)).outcome).toBe('registered');
    expect(await textOf('split.yaml')).not.toContain('oauth2provider\n');
    expect(await textOf('split-provider.yaml')).not.toContain('authentik_core.application');
    expect((await bed.register('split', wanted)).outcome).toBe('unchanged');
    expect(await findings(wanted)).toEqual([]);
  });

  it('gets a new secret by the section of its provider, or keeps the old one', async () => {
    const before = await bed.world.snapshot();
    failPlace(bed.world, 'set at Authentik');
    const failure = await bed.failure(await bed.startRotation('split', wanted));
    expect(failure.kept).toEqual([]);
    await bed.expectAsBefore(before);
    await bed.heal();
    expect((await bed.rotate('split', wanted)).outcome).toBe('rotated');
    expect(await bed.world.consumer.works('split')).toBe(true);
  });

  it('is checked and repaired in both', async () => {
    for (const row of instances()) row.enabled = false;
    expect((await findings(wanted)).filter((what) => what.includes('disabled'))).toHaveLength(2);
    const repaired = await bed.register('split', { client: 'split', repair: true });
    expect(repaired.outcome).toBe('repaired');
    expect(instances().map(({ enabled }) => enabled)).toEqual([true, true]);
    expect(await findings(wanted)).toEqual([]);
  });

  it('is taken out of both, or put back into both', async () => {
    const before = await bed.world.snapshot();
    await strikeStep(bed.world, 'verifyRemoval', 'fail');
    expect((await failDeregistration(bed, 'split')).kept).toEqual([]);
    await bed.expectAsBefore(before);
    await bed.heal();
    const gone = await deregister(bed, 'split');
    expect([gone.outcome, gone.kept]).toEqual(['deregistered', []]);
    expect([await textOf('split.yaml'), await textOf('split-provider.yaml')]).toEqual([undefined, undefined]);
    expect(instances()).toEqual([]);
  });
});
