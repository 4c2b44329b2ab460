import { describe, expect, it } from 'vitest';
import { addRoleTask, removeRoleTask, type RoleTask } from '../../../../core/edits/ansible/role.ts';
import { bothWays, changed, crlf } from '../bothWays.ts';
import { codeOf } from '../codeOf.ts';

const edit = { add: addRoleTask, remove: removeRoleTask };
const wanted: RoleTask = {
  task: 'Deploy zot OIDC credentials',
  template: 'oidc.json.j2',
  dest: '{{ zot_etc }}/oidc.json',
  mode: '0600',
  owner: undefined,
  group: undefined,
  notify: 'Restart zot',
  whenFact: 'zot_oidc_client_secret',
  place: { after: 'Write the configuration' },
};

const task = `- name: Deploy zot OIDC credentials
  ansible.builtin.template:
    src: oidc.json.j2
    dest: "{{ zot_etc }}/oidc.json"
    mode: '0600'
  when: zot_oidc_client_secret is defined
  notify: Restart zot
  no_log: true
`;
const first = `- name: Make the folder
  ansible.builtin.file:
    path: "{{ zot_etc }}"
    mode: 0755
`;
const second = `- name: Write the configuration
  ansible.builtin.template:
    src: config.json.j2
    dest: "{{ zot_etc }}/config.json"
  notify: Restart zot
`;
const third = `# Runs it
- name: Start the service
  ansible.builtin.service:
    name: zot
`;
const role = `---\n# Note\n\n${first}\n${second}\n${third}`;

describe('addRoleTask', () => {
  it('adds the task after the one that is named, above the comment of the next', () => {
    expect(bothWays(edit, role, wanted)).toBe(`---\n# Note\n\n${first}\n${second}\n${task}\n${third}`);
  });

  it('adds it before the one that is named, and at the end', () => {
    expect(bothWays(edit, role, { ...wanted, place: { before: 'Start the service' } })).toBe(
      `---\n# Note\n\n${first}\n${second}\n${task}\n${third}`,
    );
    expect(bothWays(edit, role, { ...wanted, place: 'end' })).toBe(`${role}\n${task}`);
  });

  it('adds it above the first task and its comment, below the heading of the file', () => {
    const headed = role.replace('- name: Make', '# The folder\n- name: Make');
    expect(bothWays(edit, headed, { ...wanted, place: { before: 'Make the folder' } })).toBe(
      headed.replace('# The folder\n', `${task}\n# The folder\n`),
    );
  });

  it('adds it above the first line of a file', () => {
    expect(bothWays(edit, first + second, { ...wanted, place: { before: 'Make the folder' } })).toBe(
      task + first + second,
    );
  });

  it('keeps the line breaks of Windows at every place', () => {
    for (const place of ['end', { after: 'Make the folder' }, { before: 'Make the folder' }] as const) {
      expect(bothWays(edit, crlf(role), { ...wanted, place })).toBe(crlf(bothWays(edit, role, { ...wanted, place })));
    }
  });

  it('stands close where the neighbours do, and leaves a file without a line break at its end without one', () => {
    const close = `${first}${second}`.trimEnd();
    expect(bothWays(edit, close, wanted)).toBe(`${close}\n${task.trimEnd()}`);
  });

  it('follows a list that is indented', () => {
    const indent = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ');
    const before = `---\n${indent(`${first}\n${second}`)}`;
    expect(bothWays(edit, before, wanted)).toBe(`${before}\n${indent(task)}`);
  });

  it('quotes the mode as the neighbours do', () => {
    const before = `${first.replace('0755', '"0755"')}\n${second}`;
    expect(bothWays(edit, before, wanted)).toBe(`${before}\n${task.replace("'0600'", '"0600"')}`);
  });

  it('writes owner and group, quoted where they look like a number, and no guard or handler that is not asked', () => {
    const after = bothWays(edit, `${second}\n${third}`, {
      ...wanted,
      dest: '/etc/zot/oidc.json',
      owner: '1000',
      group: 'zot',
      notify: undefined,
      whenFact: undefined,
      place: 'end',
    });
    expect(after).toBe(`${second}\n${third}
- name: Deploy zot OIDC credentials
  ansible.builtin.template:
    src: oidc.json.j2
    dest: /etc/zot/oidc.json
    owner: "1000"
    group: zot
    mode: '0600'
  no_log: true
`);
  });

  it.each(['{{ a }}/b', '/x/{{ a }}', '{% if a %}b{% endif %}', 'C:\\zot\\oidc.json', '/a: b', "/it's"])(
    'writes the destination %j so that it reads back',
    (dest) => {
      bothWays(edit, role, { ...wanted, dest });
    },
  );

  it('takes a task whose keys stand in another order as the same', () => {
    const mixed = bothWays(edit, role, wanted).replace(
      '  when: zot_oidc_client_secret is defined\n  notify: Restart zot\n',
      '  notify: Restart zot\n  when: zot_oidc_client_secret is defined\n',
    );
    expect(addRoleTask(mixed, wanted)).toEqual({ kind: 'alreadyThere', text: mixed });
  });

  it('shows both tasks where one of that name or template differs', () => {
    const found = { name: 'By hand', template: { src: 'oidc.json.j2', dest: '/x' } };
    const there = `${role}\n- name: By hand\n  template: {src: oidc.json.j2, dest: /x}\n`;
    expect(addRoleTask(there, wanted)).toMatchObject({ kind: 'different', found: JSON.stringify(found, null, 2) });
    const wider = bothWays(edit, role, wanted).replace("mode: '0600'", "mode: '0644'");
    expect(addRoleTask(wider, wanted).kind).toBe('different');
    expect(removeRoleTask(wider, wanted).kind).toBe('different');
  });

  it('removes the task from where others have moved it to, the first place too', () => {
    expect(changed(removeRoleTask(`---\n${task}\n${first}\n${second}`, wanted)).text).toBe(`---\n${first}\n${second}`);
    expect(changed(removeRoleTask(`${first}\n${second}\n${task}`, wanted)).text).toBe(`${first}\n${second}`);
  });
});

describe('a role without tasks', () => {
  it.each([
    ['', ''],
    ['---\n# tasks of zot\n', '---\n# tasks of zot\n\n'],
    ['---\n\n', '---\n\n'],
  ])('gets its first one below %j', (before, above) => {
    const text = bothWays(edit, before, { ...wanted, place: 'end' });
    expect(text.startsWith(`${above}${task.trimEnd()}\n`)).toBe(true);
    expect(bothWays(edit, crlf(before), { ...wanted, place: 'end' })).toContain('- name:');
  });

  it('puts no blank line below a task that keeps its line breaks', () => {
    const before = `${first}- name: b\n  shell: |+\n    x\n\n`;
    expect(bothWays(edit, before, { ...wanted, place: 'end' })).toBe(`${before}${task}`);
  });
});

describe('addRoleTask refuses', () => {
  it.each([
    [
      'an unknown place',
      `${first}\n${third}`,
      'it has no task named "Write the configuration" (there are: "Make the folder", "Start the service")',
    ],
    ['a place that is there twice', second + second, 'it has 2 tasks named "Write the configuration"'],
    [
      'a place in a file of comments',
      '---\n# tasks\n',
      'it has no task named "Write the configuration" (there are: none)',
    ],
    ['two documents', `${second}---\n${second}`, 'it holds 2 documents'],
    ['a mapping', 'tasks: []\n', 'it is not a block list of mappings'],
    ['flow style', '[{name: Write the configuration}]\n', 'it is not a block list of mappings'],
    ['an entry that is nothing', `${second}-\n`, 'it is not a block list of mappings'],
    ['a last value that would change', '- name: b\n  shell: |\n    x', 'the file has no line break at its end'],
    ['text that is not YAML', `${second}  - x: [\n`, 'it does not parse as YAML, line '],
  ])('%s', (title, text, reason) => {
    const place = title.includes('last value') ? 'end' : wanted.place;
    expect(addRoleTask(text, { ...wanted, place })).toEqual({
      ...codeOf(addRoleTask(text, { ...wanted, place })),
      kind: 'refused',
      reason: expect.stringContaining(reason) as string,
      addByHand: task.trimEnd(),
    });
  });
});
