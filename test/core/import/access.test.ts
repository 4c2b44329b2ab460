import { expect, it } from 'vitest';
import { groupsOf } from '../../../core/import/access.ts';
import type { ClientEntries } from '../../../core/import/entries.ts';

// What no text of a section tells is said, and never written as one.

const env = { env: ['TEAM'] };
const entries = (of: Partial<ClientEntries>): ClientEntries => ({
  provider: {},
  application: {},
  bindings: [],
  groups: [],
  users: [],
  description: undefined,
  ...of,
});

function groups(of: Partial<ClientEntries>) {
  const notes: string[] = [];
  return { ...groupsOf(entries(of), notes), notes };
}

it('takes over names that YAML reads as numbers', () => {
  const user = { username: 7, name: 8, groups: [{ name: 2026 }] };
  expect(groups({ groups: [{ name: 2026 }], users: [user] })).toEqual({
    groups: [{ name: '2026', serviceAccounts: [{ username: '7', name: '8' }] }],
    notes: [],
  });
});

it.each<readonly [string, Partial<ClientEntries>, string]>([
  ['a group', { groups: [{ name: env }] }, 'the name of a group that its section makes is !Env "TEAM"'],
  ['a group of superusers', { groups: [{ name: env, is_superuser: true }] }, 'members of group !Env "TEAM"'],
  [
    'an account',
    { groups: [{ name: 'bots' }], users: [{ username: env, groups: [{ name: 'bots' }] }] },
    'the user name of an account that its section makes is !Env "TEAM"',
  ],
  [
    'the name of an account',
    { groups: [{ name: 'bots' }], users: [{ username: 'svc', name: env, groups: [{ name: 'bots' }] }] },
    'the name of account svc is !Env "TEAM"',
  ],
])('says that %s is no text', (_, of, says) => {
  const { notes, ...found } = groups(of);
  expect(JSON.stringify(found)).not.toMatch(/object|env/);
  expect(notes.map((note) => note.replaceAll('!Env TEAM', '!Env "TEAM"'))).toEqual([expect.stringContaining(says)]);
});
