import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { diffLines } from 'diff';
import { describe, expect, it, type TestContext } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { renderBlueprint } from '../../core/authentik/renderBlueprint.ts';
import { planFileChanges, planFileRemovals, type ChangeInput } from '../../core/changes/fileChanges.ts';
import { installationSchema } from '../../core/installation/installation.ts';
import { changedFiles } from '../../core/plan/plan.ts';
import { checkRegistration } from '../../core/installation/readFiles.ts';
import { resolveNames } from '../../core/names/names.ts';
import { unifiedDiff } from '../../core/plan/unifiedDiff.ts';
import { gitApply } from '../fixtures/gitApply.ts';
import { caseInstallation, seedRegistration } from '../fixtures/zot.ts';

/**
 * The job's edits on the files of a public GitOps repository as they stood before its owner registered Zot by hand. The files
 * are under another licence, so they are read from beside the project and nothing of them is in it.
 */
const before = fileURLToPath(new URL('../../../shared/cases/zot/before/', import.meta.url));

function read(path: string): string | undefined {
  return existsSync(`${before}${path}`) ? readFileSync(`${before}${path}`, 'utf8') : undefined;
}

function present(context: TestContext): void {
  if (!existsSync(before)) context.skip('the files of the real case are not beside the project (../shared/cases/zot)');
}

function input(registrationInput: unknown = seedRegistration): ChangeInput {
  const registration = checkRegistration(registrationInput, 'test');
  const installation = installationSchema.parse(caseInstallation);
  const names = resolveNames(registration, installation);
  const { text } = renderBlueprint({ registration, installation, names, authentikVersion: '2026.2.2' });
  return {
    registration,
    installation,
    names,
    blueprintText: text,
    steps: ['patchExternalSecret', 'syncBlueprint', 'renderAnsibleFiles'],
    read,
  };
}

/** The added lines of each file. Fails where a line was taken away. */
function added(): ReadonlyMap<string, string> {
  return new Map(
    planFileChanges(input()).map((plan) => {
      const changes = diffLines(plan.before ?? '', plan.after);
      expect(changes.filter((change) => change.removed)).toEqual([]);
      return [plan.path, changes.flatMap((change) => (change.added ? [change.value] : [])).join('')];
    }),
  );
}

const { authentik } = caseInstallation;
const files = {
  externalSecret: authentik.externalSecret.file,
  deployment: authentik.deployment.file,
  blueprints: authentik.blueprints.file,
  template: 'ansible/roles/zot/templates/oidc-credentials.json.j2',
  tasks: 'ansible/roles/zot/tasks/main.yml',
  playbook: 'ansible/playbooks/indri.yml',
};

describe('the real case', () => {
  it('gets exactly the lines that registering Zot needs, in six files', (context) => {
    present(context);
    expect(Object.fromEntries(added())).toEqual({
      [files.externalSecret]: `    - secretKey: zot-client-secret
      remoteRef:
        key: "Authentik (blumeops)"
        property: zot-client-secret
`,
      [files.deployment]: `            - name: AUTHENTIK_ZOT_CLIENT_SECRET
              valueFrom:
                secretKeyRef:
                  name: authentik-config
                  key: zot-client-secret
`,
      [files.blueprints]: `\n  zot.yaml: |\n${input().blueprintText.replaceAll(/^(?=.)/gm, '    ')}`,
      [files.template]: `{
  "clientid": "zot",
  "clientsecret": "{{ zot_oidc_client_secret }}"
}
`,
      [files.tasks]: `- name: Deploy zot OIDC credentials
  ansible.builtin.template:
    src: oidc-credentials.json.j2
    dest: "{{ zot_config_dir }}/oidc-credentials.json"
    mode: '0600'
  when: zot_oidc_client_secret is defined
  notify: Restart zot
  no_log: true

`,
      [files.playbook]: `    # Zot Registry OIDC client secret
    - name: Fetch zot OIDC client secret
      ansible.builtin.command:
        cmd: op read "op://vaultaaaaaaaaaaaaaaaaaaaaa/itemaaaaaaaaaaaaaaaaaaaaaa/zot-client-secret"
      delegate_to: localhost
      register: _zot_oidc_client_secret
      changed_when: false
      no_log: true
      check_mode: false
      tags: [zot]

    - name: Set zot OIDC client secret fact
      ansible.builtin.set_fact:
        zot_oidc_client_secret: "{{ _zot_oidc_client_secret.stdout }}"
      no_log: true
      tags: [zot]

`,
    });
  });

  it('gets the pre_tasks after all groups, before the roles', (context) => {
    present(context);
    const after = planFileChanges(input()).find(({ path }) => path === files.playbook)?.after ?? '';
    const [play] = parse(after) as [{ pre_tasks: { name: string }[] }];
    const [playBefore] = parse(read(files.playbook) ?? '') as [{ pre_tasks: { name: string }[] }];
    expect(play.pre_tasks.map(({ name }) => name)).toEqual([
      ...playBefore.pre_tasks.map(({ name }) => name),
      'Fetch zot OIDC client secret',
      'Set zot OIDC client secret fact',
    ]);
    // Its heading has a blank line above, and what follows is the next key of the play.
    expect(after).toMatch(/\n\n {4}# Zot Registry OIDC client secret\n[^#]*\n\n {2}roles:\n/);
  });

  it('gets the task right after the one that writes the configuration', (context) => {
    present(context);
    const after = planFileChanges(input()).find(({ path }) => path === files.tasks)?.after ?? '';
    const names = (parse(after) as { name: string }[]).map(({ name }) => name);
    expect(names[names.indexOf('Deploy zot OIDC credentials') - 1]).toBe('Deploy zot config');
  });

  it('has a diff that git applies', async (context) => {
    present(context);
    const files = changedFiles(planFileChanges(input()));
    const there = Object.fromEntries(
      files.flatMap(({ path, before: text }) => (text === undefined ? [] : [[path, text]])),
    );
    const applied = await gitApply(there, files.map((file) => unifiedDiff(file)).join(''));
    expect(applied).toEqual(Object.fromEntries(files.map(({ path, after }) => [path, after])));
  });

  it('keeps every other object of its files as it was', (context) => {
    present(context);
    for (const { before: text, after } of planFileChanges(input())) {
      if (text === undefined) continue;
      const [old, now] = [text, after].map((each) =>
        parseAllDocuments(each).map((document) => document.toJS() as unknown),
      );
      expect(now).not.toEqual(old);
      expect(now).toMatchObject(withoutLists(old) as object);
    }
  });

  it('is restored byte for byte by the removal, and a second registration changes nothing', (context) => {
    present(context);
    const plans = planFileChanges(input());
    const after = new Map(plans.map((plan) => [plan.path, plan.after]));
    const edited = { ...input(), read: (path: string) => after.get(path) ?? read(path) };
    expect(planFileChanges(edited).map(({ kind }) => kind)).toEqual(plans.map(() => 'alreadyThere'));
    expect(planFileRemovals(edited).map((removal) => [removal.path, removal.after])).toEqual(
      plans.map((plan) => [plan.path, plan.before ?? null]),
    );
  });

  it('is as asked in the words of its owner: application "Zot Registry" with provider "Zot"', (context) => {
    present(context);
    const asked = input();
    const ofOwner = asked.blueprintText.replace(
      /(order: 0\n +target: !KeyOf zot-app\n)( +attrs:\n[^]*?)( +group: !Find.*\n)/,
      '$1$3$2',
    );
    expect(ofOwner).toMatch(/ {2}slug: zot\n {4}attrs:\n {6}name: Zot Registry\n/);
    expect(ofOwner).toMatch(/ {4}identifiers:\n {6}name: Zot\n/);
    expect(ofOwner).not.toBe(asked.blueprintText);
    const after = new Map(planFileChanges({ ...asked, blueprintText: ofOwner }).map((plan) => [plan.path, plan.after]));
    const again = planFileChanges({ ...asked, read: (path) => after.get(path) ?? read(path) });
    expect(again.map(({ kind }) => kind)).toEqual(again.map(() => 'alreadyThere'));
  });

  it('has a blueprint of ours look like its neighbours, but for two lines', (context) => {
    present(context);
    const [configMap] = parseAllDocuments(read(files.blueprints) ?? '').map((document) => document.toJS() as unknown);
    const theirs = (configMap as { data: Record<string, string> }).data['forgejo.yaml'] ?? '';
    const value = (field: string): string => new RegExp(`${field}: (.+)`).exec(theirs)?.[1] ?? '';
    const forgejo = {
      ...seedRegistration,
      metadata: { name: 'forgejo' },
      spec: {
        displayName: 'Forgejo',
        redirectUris: [value('url')],
        launchUrl: value('meta_launch_url'),
        access: { groups: ['admins'] },
      },
    };
    const changes = diffLines(theirs, input(forgejo).blueprintText).filter((change) => change.added || change.removed);
    expect(changes.map(({ added, value: lines }) => `${added ? '+' : '-'}${lines}`)).toEqual([
      // Since 2026.5 a provider without grant types rejects every login.
      '+      grant_types: [authorization_code, refresh_token]\n',
      // With the group among the identifiers another group would be added, not put in its place.
      '-      group: !Find [authentik_core.group, [name, admins]]\n',
    ]);
  });
});

/** Objects only: lists and block texts are where lines were added. */
function withoutLists(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return expect.anything() as unknown;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutLists(each)]));
}
