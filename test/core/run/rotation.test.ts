import { describe, expect, it } from 'vitest';
import { remainingFor } from '../../../core/plan/remaining.ts';
import { targetsOf, unconfigured } from '../../../core/run/rotationTargets.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { registrationSchema, type Registration } from '../../../core/registration/registration.ts';
import { pendingLabel, previousLabel } from '../../../core/names/labels.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { fillCommand, rotationMarks, rotationSteps } from '../../../core/run/rotation.ts';
import { caseInstallation, zotRegistration } from '../../fixtures/zot.ts';

const ID = '0b9f6a3e-5a54-4a37-9f7f-0c8f7c6c1d11';
const OTHER = '1c9f6a3e-5a54-4a37-9f7f-0c8f7c6c1d22';
const FIELD = 'zot-client-secret';

describe('the labels of the vault tell how far a rotation had come', () => {
  it.each([
    ['nothing', [FIELD, `${FIELD}-rotated`], { stage: 'fresh' }],
    ['a pending value', [FIELD, pendingLabel(FIELD, ID)], { stage: 'created', changeId: ID }],
    ['the new value in service', [FIELD, previousLabel(FIELD)], { stage: 'set' }],
    [
      'what closed runs left as well',
      [FIELD, pendingLabel(FIELD, ID), pendingLabel(FIELD, OTHER)],
      { stage: 'created', changeId: ID },
    ],
    ['the same in service', [FIELD, pendingLabel(FIELD, ID), previousLabel(FIELD)], { stage: 'set' }],
    ['fields of another client', [FIELD, pendingLabel('wiki', ID), previousLabel('wiki')], { stage: 'fresh' }],
    ['a client whose name begins alike', [FIELD, pendingLabel(`${FIELD}-2`, ID)], { stage: 'fresh' }],
  ])('%s', (_, labels, marks) => {
    expect(rotationMarks(labels, FIELD)).toEqual(marks);
  });
});

it('takes no turn with land: first', () => {
  expect(rotationSteps('last')).toContain('acquireTurn');
  expect(rotationSteps('first')).toEqual(rotationSteps('last').filter((step) => step !== 'acquireTurn'));
});

it('fills a command word by word, and leaves what it does not know', () => {
  const words = ['run', '{playbook}', '--tags={tags}', '{"json": {x}}', '{unknown}'];
  expect(fillCommand(words, { playbook: 'hosts/my attic.yml', tags: 'a,b' })).toEqual([
    'run',
    'hosts/my attic.yml',
    '--tags=a,b',
    '{"json": {x}}',
    '{unknown}',
  ]);
});

describe('the consumers of a registration', () => {
  const installation = installationSchema.parse(caseInstallation);
  const targets = (registration: Registration) =>
    targetsOf(registration, resolveNames(registration, installation), installation);
  const parsed = (consumer: object) =>
    registrationSchema.parse({
      ...zotRegistration,
      spec: { ...zotRegistration.spec, consumers: [{ ...zotRegistration.spec.consumers[0], ...consumer }] },
    });

  it('are updated by a person unless the registration says command', () => {
    expect(targets(parsed({}))).toMatchObject([{ by: 'person', byHand: expect.stringContaining('--tags zot') }]);
    expect(targets(parsed({ apply: 'command' }))).toMatchObject([{ by: 'command', probed: false }]);
  });

  it('are a person where they are manual ones, who is told where the secret is read', () => {
    const steps = ['Set the client secret of <<clientId>> under Settings', 'Save'];
    const manual = { kind: 'manual', name: 'Jellyfin', steps, probe: { url: 'https://tv.orchard.example' } };
    const registration = registrationSchema.parse({
      ...zotRegistration,
      spec: { ...zotRegistration.spec, consumers: [manual] },
    });
    const { vaultId, itemId } = installation.vault;
    expect(targets(registration)).toEqual([
      {
        index: 0,
        name: 'Jellyfin',
        by: 'person',
        probed: true,
        byHand: `Set the client secret of zot under Settings; Save (the secret: op read "op://${vaultId}/${itemId}/zot-client-secret")`,
      },
    ]);
  });

  it('of several lines are told as they are, so that they can be pasted', () => {
    const steps = [
      'occ user_oidc:provider idp \\\n  --clientid=<<clientId>> <<EOF\n<<secretReference>>\nEOF\n',
      'Save',
    ];
    const registration = registrationSchema.parse({
      ...zotRegistration,
      spec: { ...zotRegistration.spec, consumers: [{ kind: 'manual', name: 'Cloud', steps }] },
    });
    const { vaultId, itemId } = installation.vault;
    const lines = `\nocc user_oidc:provider idp \\\n  --clientid=zot <<EOF\nop://${vaultId}/${itemId}/zot-client-secret\nEOF\nSave`;
    expect(targets(registration)).toMatchObject([{ byHand: lines }]);
    const names = resolveNames(registration, installation);
    expect(remainingFor({ registration, names, edits: [] }, installation)).toEqual([`by hand, Cloud:${lines}`]);
  });

  it.each(['diff --git a/x b/x', 'cat <<EOF\n--- a/x\n+++ b/x\nEOF', 'a\u0007bell', ' \n', 'x'.repeat(2_001)])(
    'are refused as a step: %j',
    (step) => {
      const consumers = [{ kind: 'manual', name: 'Cloud', steps: [step] }];
      const asked = { ...zotRegistration, spec: { ...zotRegistration.spec, consumers } };
      expect(registrationSchema.safeParse(asked).success).toBe(false);
    },
  );

  it('must find their command and their probe in registrar.yaml', () => {
    const registration = parsed({ apply: 'command', probe: { command: 'login' } });
    const bare = installationSchema.parse(caseInstallation);
    expect(unconfigured(registration, bare)).toEqual([
      'spec.consumers.0.apply is "command", but registrar.yaml has no ansible.apply',
      'spec.consumers.0.probe names "login", which registrar.yaml does not have under probes',
    ]);
    const full = installationSchema.parse({
      ...caseInstallation,
      ansible: { apply: { command: ['ansible-playbook', '{playbook}'] } },
      probes: { login: { command: ['true'] } },
    });
    expect(unconfigured(registration, full)).toEqual([]);
  });
});
