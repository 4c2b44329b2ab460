import { describe, expect, it } from 'vitest';
import {
  addPreTasks,
  isOwnPair,
  ownFacts,
  removePreTasks,
  updatePreTasks,
  type PreTasks,
} from '../../../../core/edits/ansible/playbook.ts';
import { bothWays, changed, crlf } from '../bothWays.ts';
import { codeOf } from '../codeOf.ts';

const edit = { add: addPreTasks, remove: removePreTasks };
const wanted: PreTasks = {
  role: 'zot',
  comment: 'Zot OIDC client secret',
  what: 'zot OIDC client secret',
  reference: 'op://vault/item/zot-client-secret',
  readCommand: 'op read "op://vault/item/zot-client-secret"',
  register: '_zot_oidc',
  fact: 'zot_oidc_client_secret',
  tags: ['zot', 'oidc'],
};

const group = `    # Zot OIDC client secret
    - name: Fetch zot OIDC client secret
      ansible.builtin.command:
        cmd: op read "op://vault/item/zot-client-secret"
      delegate_to: localhost
      register: _zot_oidc
      changed_when: false
      no_log: true
      check_mode: false
      tags: [zot, oidc]

    - name: Set zot OIDC client secret fact
      ansible.builtin.set_fact:
        zot_oidc_client_secret: "{{ _zot_oidc.stdout }}"
      no_log: true
      tags: [zot, oidc]
`;

const grouped = `---
- name: Configure the shed
  hosts: shed

  # Read secrets once
  pre_tasks:
    # Wiki
    - name: Fetch wiki password
      ansible.builtin.command:
        cmd: op read "op://vault/item/wiki"
      register: _wiki
      no_log: true
      tags: [wiki]

    - name: Set wiki password fact
      ansible.builtin.set_fact:
        wiki_password: "{{ _wiki.stdout }}"
      no_log: true
      tags: [wiki]

  roles:
    - role: zot
      tags: zot
`;
const [before, after] = grouped.split('\n  roles:') as [string, string];

describe('addPreTasks', () => {
  it('adds a commented group of its own after the last group', () => {
    expect(bothWays(edit, grouped, wanted)).toBe(`${before}\n${group}\n  roles:${after}`);
  });

  it('keeps the line breaks of Windows', () => {
    expect(bothWays(edit, crlf(grouped), wanted)).toBe(crlf(`${before}\n${group}\n  roles:${after}`));
  });

  it('adds to the end of a file without a line break there', () => {
    const last = `- hosts: shed
  roles: [zot]
  pre_tasks:
    - name: One
      debug: {msg: x} # as ever`;
    expect(bothWays(edit, last, wanted)).toBe(`${last}\n\n${group.trimEnd()}`);
  });

  it('stands flush and close where the neighbours do', () => {
    const close = `- hosts: shed
  pre_tasks:
  # first
  - name: One
    debug:
      msg: x
      # a comment of the last option
  # second
  - name: Two
    debug:
      # a comment above the only option
      msg: x
      # a comment below it
  # the roles
  roles:
  - name: zot
`;
    const [start, end] = close.split('  # the roles') as [string, string];
    const flush = group.replaceAll(/^ {2}/gm, '').replace('\n\n', '\n');
    expect(bothWays(edit, close, wanted)).toBe(`${start}${flush}  # the roles${end}`);
  });

  it('reads the secret as the person at the machine where the play becomes root', () => {
    const root = grouped.replace('hosts: shed', 'hosts: shed\n  become: yes');
    expect(bothWays(edit, root, wanted)).toContain('      delegate_to: localhost\n      become: false\n');
    const notRoot = grouped.replace('hosts: shed', 'hosts: shed\n  become: no');
    expect(bothWays(edit, notRoot, wanted)).not.toContain('become: false');
  });

  it('takes the pair back after somebody let the play become root', () => {
    const added = changed(addPreTasks(grouped, wanted)).text;
    const become = (text: string): string => text.replace('hosts: shed', 'hosts: shed\n  become: true');
    expect(changed(removePreTasks(become(added), wanted)).text).toBe(become(grouped));
  });

  it('picks the play that uses the role, however it names it', () => {
    const other = grouped.replace('role: zot', 'role: wiki');
    for (const role of ['- zot', '- name: zot', '- {role: zot, tags: [zot]}']) {
      const play = grouped.replace('- role: zot', role).replace('\n      tags: zot', '');
      expect(bothWays(edit, other + play.replace('---\n', ''), wanted).indexOf(group)).toBeGreaterThan(other.length);
    }
  });

  it('quotes tags that would mean something else', () => {
    expect(bothWays(edit, grouped, { ...wanted, tags: ['on', 'a:b', '[x]'] })).toContain('tags: ["on", "a:b", "[x]"]');
  });

  it.each(['one: two', '#', '  spaces  ', '- a', '"', '{{ x }}'])('keeps the comment %j inside its line', (comment) => {
    const text = bothWays(edit, grouped, { ...wanted, comment });
    expect(text.split('\n')).toContain(`    # ${comment}`.trimEnd());
  });

  it('takes a pair whose keys stand in another order as the same', () => {
    const text = changed(addPreTasks(grouped, wanted)).text;
    const mixed = text.replace(
      '      no_log: true\n      check_mode: false\n',
      '      check_mode: false\n      no_log: true\n',
    );
    expect(mixed).not.toBe(text);
    expect(addPreTasks(mixed, wanted)).toEqual({ kind: 'alreadyThere', text: mixed });
    expect(changed(removePreTasks(mixed, wanted)).text).toBe(grouped);
  });

  it('takes a pair of other names, in short form, as the same', () => {
    const text = changed(addPreTasks(grouped, wanted)).text;
    const other = text
      .replace('name: Fetch zot OIDC client secret', 'name: Read it')
      .replaceAll('ansible.builtin.', '')
      .replaceAll('no_log: true', 'no_log: yes');
    expect(other).not.toBe(text);
    expect(addPreTasks(other, wanted)).toEqual({ kind: 'alreadyThere', text: other });
  });

  it.each([
    ['left out', /^ +no_log: true\n/gm, ''],
    ['switched off', /no_log: true/g, 'no_log: false'],
    ['a variable', /no_log: true/g, 'no_log: "{{ quiet }}"'],
    ['beside diff', /( +)no_log: true/g, '$1diff: false\n$1no_log: true'],
  ])('takes what Ansible shows of a task for people’s own: %s', (_, from, to) => {
    const theirs = changed(addPreTasks(grouped, wanted)).text.replaceAll(from, to);
    expect(addPreTasks(theirs, wanted)).toEqual({ kind: 'alreadyThere', text: theirs });
    expect(changed(removePreTasks(theirs, wanted)).text).toBe(grouped.replaceAll(from, to));
    // What is changed of it is the rest.
    const updated = updatePreTasks(theirs.replaceAll('tags: [zot, oidc]', 'tags: [other]'), wanted);
    expect(changed(updated).text).toBe(theirs);
  });

  it.each([
    ['its register', '      register: _zot_oidc', '      register: _zot_oidc\n      retries: 3'],
    ['what it does', 'changed_when: false', 'changed_when: true'],
    ['its reference', 'op://vault/item/zot-client-secret', 'op://vault/item/other'],
    ['its tags', 'tags: [zot, oidc]', 'tags: [zot]'],
  ])('shows both pairs where the one that is there differs: %s', (_, from, to) => {
    const edited = changed(addPreTasks(grouped, wanted)).text.replace(from, to);
    for (const outcome of [addPreTasks(edited, wanted), removePreTasks(edited, wanted)]) {
      expect(outcome).toMatchObject({ kind: 'different', wanted: expect.stringContaining('op read') as string });
    }
  });

  it('never shows a fact that somebody set in clear', () => {
    const clear = grouped.replace(
      '  roles:',
      '    - name: By hand\n      set_fact:\n        zot_oidc_client_secret: hunter2\n\n  roles:',
    );
    const outcome = addPreTasks(clear, wanted);
    expect(outcome).toMatchObject({
      kind: 'different',
      found: expect.stringContaining('"zot_oidc_client_secret": "…"') as string,
    });
    expect(JSON.stringify(outcome)).not.toContain('hunter2');
  });

  it('leaves what others have added below, with its comment', () => {
    const later = `
    # Forge
    - name: Fetch forge password
      debug:
`;
    const text = changed(addPreTasks(grouped, wanted)).text.replace('\n  roles:', `${later}\n  roles:`);
    expect(changed(removePreTasks(text, wanted)).text).toBe(`${before}${later}\n  roles:${after}`);
  });
});

/** A pair that people have written: their names, our register and fact. */
const byPeople = (command: string): string =>
  grouped.replace(
    '  pre_tasks:\n',
    `  pre_tasks:
    - name: Read it
      ansible.builtin.command: ${command}
      register: _zot_oidc
    - name: Keep it
      ansible.builtin.set_fact:
        zot_oidc_client_secret: "{{ _zot_oidc.stdout }}"
`,
  );

describe("people's own pair", () => {
  const { reference } = wanted;

  it.each([`op read "${reference}"`, `op read '${reference}'`, `op read ${reference}`, `op read -n ${reference}`])(
    "is the client's where it reads its field: %s",
    (command) => {
      expect(isOwnPair(byPeople(command), wanted)).toBe(true);
      expect(ownFacts(byPeople(command), wanted)).toEqual(['zot_oidc_client_secret']);
    },
  );

  it.each([
    `op read "${reference}-2"`,
    `op read ${reference}.old`,
    `op read ${reference}/part`,
    'op read op://vault/b',
  ])("is somebody else's where it reads another one: %s", (command) => {
    expect(isOwnPair(byPeople(command), wanted)).toBe(false);
    expect(ownFacts(byPeople(command), wanted)).toEqual([]);
  });
});

describe('addPreTasks refuses', () => {
  it.each([
    [
      'a playbook that does not use the role',
      grouped.replace('role: zot', 'role: wiki'),
      '0 of its plays use the role',
    ],
    [
      'a playbook of playbooks',
      '- import_playbook: a.yml\n- ansible.builtin.import_playbook: b.yml\n',
      '0 of its plays use the role, one is needed; it imports a.yml, b.yml: name the playbook that holds the play',
    ],
    ['two plays that use it', grouped + grouped.replace('---\n', ''), '2 of its plays use the role'],
    [
      'pre_tasks in flow style',
      '- hosts: shed\n  pre_tasks: [{name: One}]\n  roles: [zot]\n',
      '0.pre_tasks is not a block list',
    ],
    ['empty pre_tasks', '- hosts: shed\n  pre_tasks:\n  roles: [zot]\n', '0.pre_tasks is there but empty'],
    ['an empty list', '- hosts: shed\n  pre_tasks: []\n  roles: [zot]\n', '0.pre_tasks is there but empty'],
    [
      'pre_tasks that may be merged',
      '- &a {hosts: x, pre_tasks: []}\n- <<: *a\n  roles: [zot]\n',
      '1.pre_tasks may come from a "<<" beside it',
    ],
    [
      'pre_tasks that an alias repeats',
      grouped.replace('pre_tasks:', 'pre_tasks: &p') + '  post_tasks: *p\n',
      'shared by the anchor &p',
    ],
    [
      'pre_tasks behind an alias',
      '- tasks: &p\n    - name: One\n- pre_tasks: *p\n  roles: [zot]\n',
      '1.pre_tasks is behind an alias',
    ],
    ['text that is not YAML', grouped.replace('item/wiki"', 'item/wiki": x'), 'it does not parse as YAML, line '],
    ['a mapping', 'hosts: shed\n', '0 of its plays use the role'],
  ])('%s', (_, text, reason) => {
    expect(addPreTasks(text, wanted)).toEqual({
      ...codeOf(addPreTasks(text, wanted)),
      kind: 'refused',
      reason: expect.stringContaining(reason) as string,
      addByHand: group.trimEnd(),
    });
  });
});

describe('a play without pre_tasks', () => {
  it('gets them above its roles, apart where its keys are, and loses them again', () => {
    const close = '- hosts: shed\n  roles: [zot]\n- hosts: other\n  roles: [wiki]\n';
    expect(bothWays(edit, close, wanted)).toBe(close.replace('  roles: [zot]', `  pre_tasks:\n${group}  roles: [zot]`));
    const open = '---\n- hosts: shed\n\n  # what it does\n  roles:\n    - zot\n';
    expect(bothWays(edit, open, wanted)).toBe(
      open.replace('\n\n  # what', `\n\n  pre_tasks:\n${group.trimEnd()}\n\n  # what`),
    );
  });

  it.each(['import_role', 'ansible.builtin.include_role'])(
    'gets them at its end where a task names the role by %s',
    (module) => {
      const before = `- hosts: shed\n  tasks:\n  - ${module}:\n      name: zot`;
      expect(bothWays(edit, before, wanted)).toBe(
        `${before}\n  pre_tasks:\n${group.trimEnd().replaceAll(/^ {2}/gm, '')}`,
      );
    },
  );
});
