import { describe, expect, it } from 'vitest';
import { renderBlueprint } from '../../core/authentik/renderBlueprint.ts';
import { compareState, wantedState } from '../../core/authentik/wantedState.ts';
import { readSection } from '../../core/edits/blueprint/blueprintSection.ts';
import { BINDING } from '../../core/edits/blueprint/models.ts';
import { sameSection } from '../../core/edits/blueprint/sameSection.ts';
import { updateSection } from '../../core/edits/blueprint/updateSection.ts';
import { accessOf } from '../../core/import/access.ts';
import { entriesOf } from '../../core/import/entries.ts';
import { installationSchema } from '../../core/installation/installation.ts';
import { checkRegistration } from '../../core/installation/readFiles.ts';
import { resolveNames } from '../../core/names/names.ts';
import { heldBySection } from '../../core/policy/heldBySection.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { caseInstallation, zotRegistration } from '../fixtures/zot.ts';

type Access = RegistrationInput['spec']['access'];

const installation = installationSchema.parse(caseInstallation);
const OPTIONS = { described: false, client: 'zot' };
const SCOPE = { slug: 'zot', providerName: 'Zot', client: 'zot', accounts: [] };

function clientOf(access: Access, authentikVersion = '2026.5.0') {
  const registration = checkRegistration({ ...zotRegistration, spec: { ...zotRegistration.spec, access } }, 'test');
  const names = resolveNames(registration, installation);
  const wanted = wantedState(registration, installation, names);
  return { wanted, ...renderBlueprint({ registration, installation, names, authentikVersion }) };
}

const imported = (text: string, notes: string[] = []) =>
  accessOf(entriesOf([text], { slug: 'zot', providerName: 'Zot' }), notes);

const POLICY = 'authentik_policies.policy';
const mixed: Access = { groups: ['admins'], users: ['alice@home', 'bob'], policies: ['office hours'] };

describe('an application that lets in users and whom a policy lets in', () => {
  const { text, finds, wanted } = clientOf(mixed);

  it('has a binding for each, after those of its groups, and every one is found by its name', () => {
    expect(text).toContain('      user: !Find [authentik_core.user, [username, alice@home]]\n      order: 1\n');
    expect(text).toContain(`      policy: !Find [${POLICY}, [name, office hours]]\n      order: 3\n`);
    expect(finds).toEqual(
      expect.arrayContaining([
        { model: 'user', key: 'bob' },
        { model: 'policy', key: 'office hours' },
      ]),
    );
    expect(wanted.bindings.map(({ group }) => group)).toEqual([
      'admins',
      'user "alice@home"',
      'user "bob"',
      'policy "office hours"',
    ]);
  });

  it('is read back as an exact set', () => {
    const found = (of: string) => ({
      ...wanted,
      bindings: wanted.bindings.map((each) => (each.order === 2 ? { ...each, group: of } : each)),
    });
    expect(compareState(wanted, found('user "bob"'))).toEqual([]);
    expect(compareState(wanted, found('user "eve"'))).toEqual([
      expect.stringContaining('lack 2 user "bob"'),
      expect.stringContaining('also hold 2 user "eve"'),
    ]);
    expect(compareState(wanted, found('bob'))).toHaveLength(2);
  });

  it('is taken over from its section, and is what stands for the policy', () => {
    const notes: string[] = [];
    expect(imported(text, notes)).toEqual(mixed);
    expect(notes).toEqual([]);
    expect(heldBySection([text], SCOPE).bound).toEqual(wanted.bindings.map(({ group }) => group));
  });

  it.each([
    ['a user before a group', /order: [012]/g, (order: string) => `order: ${(Number(order.at(-1)) + 2) % 3}`],
    ['orders in tens', /order: \d/g, '$&0'],
  ])('says that a run numbers its bindings anew: %s', (_what, order, now) => {
    const theirs = text.replace(order, now as string);
    const notes: string[] = [];
    expect(sameSection(theirs, text, OPTIONS)).toBe(false);
    expect(imported(theirs, notes)).toEqual(mixed);
    const asked = '0 admins, 1 user "alice@home", 2 user "bob", 3 policy "office hours"';
    expect(notes).toEqual([expect.stringContaining(`and a run makes them ${asked}: nobody gains or loses access`)]);
    expect(notes[0]).toMatch(/orders 0 (user "alice@home", 1 user "bob", 2 admins|admins, 10 user)/);
  });

  it('is the same by whatever model the policy is found', () => {
    const theirs = text.replace(`${POLICY},`, 'authentik_policies_expression.expressionpolicy,');
    expect(theirs).not.toBe(text);
    expect(sameSection(theirs, text, OPTIONS)).toBe(true);
    expect(imported(theirs)).toEqual(mixed);
  });
});

const bindingsOf = (text: string) =>
  readSection(text)
    .entries.filter(({ model }) => model === BINDING)
    .map(({ values }) => values);

it.each<readonly [string, string, Access, Access]>([
  ['a group', 'a user', { groups: ['admins'] }, { groups: [], users: ['alice'] }],
  ['a user', 'a policy', { groups: [], users: ['alice'] }, { groups: [], policies: ['office hours'] }],
  ['a policy', 'a group', { groups: [], policies: ['office hours'] }, { groups: ['admins'] }],
])('the binding to %s becomes one to %s, of one thing alone, and goes back', (_one, _other, from, to) => {
  const [before, after] = [from, to].map((access) => clientOf(access).text);

  const changed = updateSection(before ?? '', after ?? '', OPTIONS);

  const [{ group, user, policy } = {}] = bindingsOf(changed);
  expect([group, user, policy].filter((each) => each !== undefined && each !== null)).toHaveLength(1);
  expect(imported(changed)).toEqual(to);
  const back = updateSection(changed, before ?? '', OPTIONS);
  expect(imported(back)).toEqual(from);
  expect(sameSection(back, before ?? '', OPTIONS)).toBe(true);
});

it('a disabled or negated binding of a user is told, and lets nobody in', () => {
  const { text } = clientOf({ groups: ['admins'], users: ['alice'] });
  const at = text.indexOf('user: !Find');
  const negated = text.slice(0, at) + text.slice(at).replace('negate: false', 'negate: true');
  const notes: string[] = [];
  expect(imported(negated, notes)).toEqual({ groups: ['admins'] });
  expect(notes).toEqual([expect.stringContaining('to user alice is negated')]);
  expect(heldBySection([negated], SCOPE).bound).toEqual(['admins', '']);
});

describe('access of a user that ends', () => {
  const END = '2027-06-30T18:00:00Z';
  const ending: Access = { groups: ['admins'], users: ['bob'], until: { 'user "bob"': END } };

  it('is written, looked for and taken over as that of a group is', () => {
    const { text, wanted, warnings } = clientOf(ending, '2026.8.0');
    expect(bindingsOf(text).map(({ expires }) => expires)).toEqual([undefined, END]);
    expect(wanted.bindings.map(({ until }) => until)).toEqual([undefined, END]);
    expect(imported(text)).toEqual(ending);
    expect(warnings).toEqual([]);
  });

  it('is no end of all access where another binding stays', () => {
    const groups: Access = { groups: ['admins'], users: ['bob'], until: { admins: END } };
    expect(clientOf(groups, '2026.8.0').warnings).toEqual([]);
  });
});

it.each<readonly [Access, string]>([
  [{ groups: [] }, 'spec.access.groups: must have an entry'],
  [{ groups: ['user "alice"'] }, 'must not read as a user or a policy'],
  [{ groups: [], users: ['alice', 'alice'] }, 'user "alice" is named twice'],
  [{ groups: [], policies: ['a', 'a'] }, 'policy "a" is named twice'],
  [{ groups: ['admins'], users: ['bob'], until: { bob: 'never' } }, 'spec.access.until.bob: is no group'],
  [{ groups: [], users: ['svc-artifact-ci'] }, 'is a service account of spec.groups'],
])('%j is refused', (access, message) => {
  expect(() => clientOf(access)).toThrow(message);
});
