import { describe, expect, it } from 'vitest';
import { filePlan } from '../../../client/filePlan.ts';
import { movedEnds, type StandingBinding } from '../../../core/authentik/movedEnds.ts';
import { wantedState } from '../../../core/authentik/wantedState.ts';
import { installationSchema, type Installation } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { breaches } from '../../../core/policy/judge.ts';
import { heldBySection } from '../../../core/policy/heldBySection.ts';
import { scopeFor } from '../../../core/edits/blueprint/scopedSection.ts';
import { standingOf } from '../../../core/policy/standing.ts';
import { renderBlueprint } from '../../../core/authentik/renderBlueprint.ts';
import type { RegistrationInput } from '../../../core/registration/registration.ts';
import { sampleLayout } from '../../../sandbox/world/layout.ts';
import { clientNamed } from '../../fixtures/clients.ts';
import { textsOf } from '../../fixtures/texts.ts';

type Access = RegistrationInput['spec']['access'];

const { files: FILES, installation: given } = await sampleLayout('manual');
const withPolicy = (policy: object): Installation =>
  installationSchema.parse({
    ...given,
    policy: { ...given.policy, everyone: false, bindings: { users: ['**'] }, ...policy },
  });
const INSTALLATION = withPolicy({ everyone: true });
const END = '2027-06-30T18:00:00Z';
const LATER = '2028-06-30T18:00:00Z';

const clientOf = (access: Access) => {
  const tool = clientNamed('tool');
  return checkRegistration({ ...tool, spec: { ...tool.spec, consumers: [], access } }, 'test');
};
const wantedOf = (access: Access) => {
  const registration = clientOf(access);
  return wantedState(registration, INSTALLATION, resolveNames(registration, INSTALLATION)).bindings;
};
const standing = (...bindings: readonly (readonly [string, string | null | undefined])[]): readonly StandingBinding[] =>
  bindings.map(([group, until], order) => ({ order, group, until }));
const both: Access = { groups: ['staff', 'guests'] };
const BOB = 'user "bob"';

describe('an end of access whose binding gets another place', () => {
  it.each<readonly [string, Access, readonly StandingBinding[], readonly string[]]>([
    [
      'is not handed to others',
      { groups: ['guests'] },
      standing(['staff', END], ['guests', null]),
      [`the binding of order 0, which is to be that of guests, ends on ${END}`],
    ],
    [
      'is not lost',
      { groups: ['guests'] },
      standing(['staff', null], ['guests', END]),
      [`the access of guests ends on ${END} by the binding of order 1, and is to be by that of order 0`],
    ],
    [
      'is not lost to a new place',
      { groups: ['admins', 'staff', 'guests'] },
      standing(['admins', null], ['guests', END]),
      [`the binding of order 1, which is to be that of staff, ends on ${END}`, 'the access of guests ends on'],
    ],
    [
      'is not lost where nobody tells when it is',
      { groups: ['guests'] },
      standing(['staff', null], ['guests', undefined]),
      ['the access of guests ends at a time that Authentik does not tell by the binding of order 1'],
    ],
    [
      'is not handed to a user',
      { groups: [], users: ['bob'] },
      standing(['staff', END]),
      [`the binding of order 0, which is to be that of ${BOB}, ends on ${END}`],
    ],
    [
      'is not lost of a user',
      { groups: [], users: ['bob'] },
      standing(['staff', null], [BOB, END]),
      [`the access of ${BOB} ends on ${END} by the binding of order 1`],
    ],
    ['stays with its place', both, standing(['staff', END], ['guests', undefined]), []],
    ['is said', { groups: ['guests'], until: { guests: LATER } }, standing(['staff', END], ['guests', END]), []],
    [
      'is taken away',
      { groups: ['guests'], until: { guests: 'never' } },
      standing(['staff', null], ['guests', END]),
      [],
    ],
    ['is not there', { groups: ['guests'] }, standing(['staff', null], ['guests', null]), []],
    ['has no binding any more', { groups: ['staff'] }, standing(['staff', null], ['guests', END]), []],
  ])('%s', (_, access, found, messages) => {
    expect(movedEnds(wantedOf(access), found).map(({ message }) => message)).toEqual(
      messages.map((message) => expect.stringContaining(message) as string),
    );
  });

  it('has a remedy that can be followed, of users as well', () => {
    const found = standing(['staff', null], [BOB, END]);
    expect(movedEnds(wantedOf({ groups: [], users: ['bob'] }), found)).toHaveLength(1);
    expect(movedEnds(wantedOf({ groups: [], users: ['bob'], until: { [BOB]: 'never' } }), found)).toEqual([]);
  });

  it.each([{ staff: END }, { guests: END }])('is refused by an offline plan, too: %j', async (until) => {
    const plan = async (access: Access, files: Readonly<Record<string, string>>) =>
      filePlan({
        registration: clientOf(access),
        installation: INSTALLATION,
        files: textsOf(files),
        authentik: '2026.8',
      });
    const { files } = await plan({ ...both, until }, FILES);
    const registered = { ...FILES, ...Object.fromEntries(files.map(({ path, after = '' }) => [path, after])) };
    await expect(plan({ groups: ['guests'] }, registered)).rejects.toThrow(END);
    await expect(plan({ groups: ['guests'], until: { guests: END } }, registered)).resolves.toBeDefined();
    await expect(plan(both, registered)).resolves.toMatchObject({ plan: { unchanged: true } });
  });
});

describe('the policy on when access ends', () => {
  /** The fields that it refuses, of a client whose section says what `before` asks for. */
  function refused(before: Access, after: Access, policy: object): readonly string[] {
    const installation = withPolicy(policy);
    const [was, registration] = [clientOf(before), clientOf(after)];
    const names = resolveNames(registration, installation);
    const { text } = renderBlueprint({ registration: was, installation, names, authentikVersion: '2026.8.3' });
    const kind = JSON.stringify(before) === JSON.stringify(after) ? 'alreadyThere' : 'updated';
    const held = heldBySection([text], scopeFor(names, registration));
    const stood = standingOf(registration, [{ entry: 'configMap', path: 'a', kind }], held);
    return breaches({ registration, names, inline: false }, installation, stood).map(({ field }) => field);
  }
  const guests = (until?: string): Access => ({
    groups: ['staff', 'guests'],
    ...(until === undefined ? {} : { until: { guests: until } }),
  });
  const bind = { groups: { bind: ['staff'] } };

  it.each([
    ['lasts longer', END, LATER, ['spec.access.groups.1']],
    ['ends no more', END, 'never', ['spec.access.groups.1']],
    ['ends sooner', LATER, END, []],
    ['ends as it does', END, END, []],
    ['is not spoken of', END, undefined, []],
    ['ends, and did not', undefined, END, []],
  ])('judges a group anew whose access %s', (_, before, after, fields) => {
    expect(refused(guests(before), guests(after), bind)).toEqual(fields);
  });

  const all: Access = { groups: ['staff'], until: { staff: END } };
  it.each<readonly [string, Access, Access, object, readonly string[]]>([
    ['refuses that every binding ends', { groups: ['staff'] }, all, {}, ['spec.access.until']],
    ['takes it where everyone may be let in', { groups: ['staff'] }, all, { everyone: true }, []],
    ['takes it where it is so', all, all, {}, []],
    ['takes another time where it is so', all, { groups: ['staff'], until: { staff: LATER } }, {}, []],
    ['takes it where somebody stays', both, { ...both, until: { staff: END } }, {}, []],
    ['takes it where a user stays', { groups: ['staff'], users: ['bob'] }, { ...all, users: ['bob'] }, {}, []],
  ])('%s, for then everyone may be let in', (_, before, after, policy, fields) => {
    expect(refused(before, after, policy)).toEqual(fields);
  });
});
