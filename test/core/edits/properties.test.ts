import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { addConfigMapKey, removeConfigMapKey } from '../../../core/edits/kubernetes/configMap.ts';
import { addEmptyDefault, removeEmptyDefault } from '../../../core/edits/ansible/defaults.ts';
import { addEnvEntry, removeEnvEntry } from '../../../core/edits/kubernetes/deployment.ts';
import { onePassword } from '../../../core/vault/onepassword/words.ts';
import { addSecretEntry, removeSecretEntry } from '../../../core/edits/kubernetes/externalSecret.ts';
import { addPreTasks, removePreTasks } from '../../../core/edits/ansible/playbook.ts';
import { addRoleTask, removeRoleTask } from '../../../core/edits/ansible/role.ts';
import { bothWays, type Edit } from './bothWays.ts';
import { layouts, nested, write, type Layout, type Parts } from './layouts.ts';

/**
 * Each edit on files of every layout: it adds whole lines only, its inverse and its removal each give every byte back, twice is
 * once (all in {@link bothWays}), and what it added reads as `expected` says, which adds it to the data.
 */
function holds<Wanted>(
  edit: Edit<Wanted>,
  wanted: Wanted,
  parts: (layout: Layout) => Parts,
  expected: (document: never) => void,
  { narrow = (layout: Layout): Layout => layout, numRuns = 150 } = {},
): void {
  fc.assert(
    fc.property(layouts.map(narrow), (layout) => {
      const before = write(layout, parts(layout));
      const documents = dataOf(before);
      expected(documents[layout.documentsAround ? 1 : 0] as never);
      expect(dataOf(bothWays(edit, before, wanted))).toEqual(documents);
    }),
    { numRuns },
  );
}

function dataOf(text: string): unknown[] {
  return parseAllDocuments(text).map((document) => document.toJS() as unknown);
}

const object = (kind: string): string[] => [`kind: ${kind}`, 'metadata:', '\tname: it', 'spec:'];

describe('on files of every layout', () => {
  it('an entry of an ExternalSecret goes in and out', () => {
    const vault = onePassword({
      kind: 'connect',
      connectHost: 'https://c.example',
      vaultId: 'v',
      itemId: 'i',
      itemTitle: 'Authentik (home)',
    });
    const wanted = { name: 'it', secretKey: 'zot-secret', field: 'zot-secret', vault };
    const parts = (layout: Layout): Parts => {
      const { quote: q, flush } = layout;
      const pad = '\t'.repeat(flush ? 1 : 2);
      const entry = (i: number): string[] => [
        `${pad}- secretKey: ${q}key-${i}${q}`,
        `${pad}  remoteRef:`,
        `${pad}    key: ${q}Authentik (home)${q}`,
        `${pad}    property: ${q}key-${i}${q}${i % 2 === 0 ? ' # so' : ''}`,
      ];
      return {
        head: nested(layout, [...object('ExternalSecret'), '\tdata:']),
        entry: (i) => nested(layout, entry(i)),
        after: nested(layout, ['\trefreshInterval: 1h']),
      };
    };
    holds(
      { add: addSecretEntry, remove: removeSecretEntry },
      wanted,
      parts,
      (document: { spec: { data: unknown[] } }) => {
        document.spec.data.push({
          secretKey: 'zot-secret',
          remoteRef: { key: 'Authentik (home)', property: 'zot-secret' },
        });
      },
    );
  });

  it('an env entry of a Deployment goes in and out', () => {
    const wanted = { name: 'it', container: 'worker', envVar: 'ZOT', secretName: 'authentik', secretKey: 'zot-secret' };
    const parts = (layout: Layout): Parts => {
      const { quote: q, flush } = layout;
      const pad = `\t\t\t${flush ? '' : '\t'}`;
      const entry = (i: number): string[] =>
        i % 2 === 1
          ? [`${pad}  - name: V${i}`, `${pad}    value: ${q}on ${i}${q}`]
          : [
              `${pad}  - name: ${q}S${i}${q}`,
              `${pad}    valueFrom:`,
              `${pad}      secretKeyRef:`,
              `${pad}        key: ${q}k${i}${q}`,
              `${pad}        name: authentik`,
            ];
      const head = [...object('Deployment'), '\ttemplate:', '\t\tspec:', '\t\t\tcontainers:'];
      return {
        head: nested(layout, [...head, `${pad}- name: worker`, `${pad}  env:`]),
        entry: (i) => nested(layout, entry(i)),
        after: nested(layout, [`${pad}  image: authentik`, `\t\t\tvolumes: []`]),
      };
    };
    type Deployment = { spec: { template: { spec: { containers: { env: unknown[] }[] } } } };
    holds({ add: addEnvEntry, remove: removeEnvEntry }, wanted, parts, (document: Deployment) => {
      document.spec.template.spec.containers[0]?.env.push({
        name: 'ZOT',
        valueFrom: { secretKeyRef: { key: 'zot-secret', name: 'authentik' } },
      });
    });
  });

  it('a key of a ConfigMap goes in and out', () => {
    const value = 'version: 1\n# a comment\nentries:\n\n  - model: x\n';
    const parts = (layout: Layout): Parts => {
      const chomp = ['|', '|-', '>', '|'];
      const entry = (i: number): string[] => [
        `\t${layout.quote}key-${i}.yaml${layout.quote}: ${chomp[i] ?? '|'}`,
        `\t\tversion: ${i}`,
        '\t\t  # deeper',
        '',
        '\t\tlast: line',
        ...(layout.flush ? [''] : []),
      ];
      return {
        head: nested(layout, ['kind: ConfigMap', 'metadata: {name: it}', 'data:']),
        entry: (i) => nested(layout, entry(i)),
        after: ['binaryData: {}'],
      };
    };
    const wanted = { name: 'it', key: 'zot.yaml', value };
    const expected = (document: { data: Record<string, string> }): void => {
      document.data['zot.yaml'] = value;
    };
    // A last value needs a line break at the end of its file; the refusal has a test of its own.
    const narrow = (layout: Layout): Layout => ({ ...layout, finalNewline: true });
    holds({ add: addConfigMapKey, remove: removeConfigMapKey }, wanted, parts, expected, { narrow });
  });

  it('the tasks of a playbook go in and out', () => {
    const wanted = {
      role: 'zot',
      comment: 'Zot',
      what: 'zot secret',
      reference: 'op://v/i/f',
      readCommand: 'op read "op://v/i/f"',
      register: '_zot',
      fact: 'zot',
      tags: ['zot'],
    };
    const parts = (layout: Layout): Parts => {
      const pad = layout.flush ? '  ' : '  \t';
      const entry = (i: number): string[] => [
        ...(i > 0 ? ['', `${pad}# group ${i}`] : []),
        `${pad}- name: ${layout.quote}Task ${i}${layout.quote}`,
        `${pad}  debug:`,
        `${pad}    msg: "{{ x }}"`,
        ...(i % 2 === 0 ? [`${pad}  when:`, `${pad}    - a`, `${pad}    - b # so`] : []),
      ];
      const spaces = (lines: readonly string[]): readonly string[] =>
        lines.map((line) => line.replaceAll('\t', ' '.repeat(layout.step)));
      return {
        head: ['- hosts: all', '  roles: [{role: zot}]', '  pre_tasks:'],
        entry: (i) => spaces(entry(i)),
        after: ['  post_tasks: []', '- hosts: other'],
      };
    };
    holds({ add: addPreTasks, remove: removePreTasks }, wanted, parts, (plays: { pre_tasks: unknown[] }[]) => {
      plays[0]?.pre_tasks.push(
        {
          name: 'Fetch zot secret',
          'ansible.builtin.command': { cmd: 'op read "op://v/i/f"' },
          delegate_to: 'localhost',
          register: '_zot',
          changed_when: false,
          no_log: true,
          check_mode: false,
          tags: ['zot'],
        },
        {
          name: 'Set zot secret fact',
          'ansible.builtin.set_fact': { zot: '{{ _zot.stdout }}' },
          no_log: true,
          tags: ['zot'],
        },
      );
    });
  });

  it.each([
    ['at the end', 'end' as const, (count: number) => count],
    ['after the first', { after: 'Task 0' }, () => 1],
    ['before the first', { before: 'Task 0' }, () => 0],
  ])('a task of a role goes in and out %s', (_, place, index) => {
    const parts = (layout: Layout): Parts => {
      const pad = layout.flush ? '' : ' '.repeat(layout.step);
      const entry = (i: number): string[] => [
        ...(layout.step === 4 && i > 0 ? ['', `${pad}# heads ${i}`] : []),
        `${pad}- name: ${layout.quote}Task ${i}${layout.quote}`,
        `${pad}  ansible.builtin.command: x`,
        `${pad}  when: a # so`,
      ];
      return { head: ['---', '# tasks', ''], entry, after: [] };
    };
    const wanted = {
      task: 'Deploy',
      template: 't.j2',
      dest: '{{ x }}/t',
      mode: '0600',
      owner: undefined,
      group: undefined,
      notify: 'Restart',
      whenFact: 'zot',
      place,
    };
    const expected = (tasks: unknown[]): void => {
      tasks.splice(index(tasks.length), 0, {
        name: 'Deploy',
        'ansible.builtin.template': { src: 't.j2', dest: '{{ x }}/t', mode: '0600' },
        when: 'zot is defined',
        notify: 'Restart',
        no_log: true,
      });
    };
    const narrow = (layout: Layout): Layout => ({ ...layout, documentsAround: false });
    holds({ add: addRoleTask, remove: removeRoleTask }, wanted, parts, expected, { narrow, numRuns: 100 });
  });

  it('an empty default goes in and out', () => {
    const parts = ({ quote }: Layout): Parts => ({
      head: ['---', '# defaults'],
      entry: (i) => [`v${i}: ${quote}x${quote}`, ...(i % 2 === 0 ? [`l${i}:`, '  - a', '  - b # so'] : [])],
      after: ['after: 1'],
    });
    const expected = (variables: Record<string, unknown>): void => {
      variables['zot'] = '';
    };
    const narrow = (layout: Layout): Layout => ({ ...layout, documentsAround: false });
    holds({ add: addEmptyDefault, remove: removeEmptyDefault }, 'zot', parts, expected, { narrow });
  });
});
