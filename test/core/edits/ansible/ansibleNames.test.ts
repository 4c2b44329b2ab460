import { describe, expect, it } from 'vitest';
import {
  ansiblePaths,
  credentialsTemplate,
  factOf,
  preTasksOf,
  roleTaskOf,
} from '../../../../core/edits/ansible/ansibleNames.ts';
import { installationSchema } from '../../../../core/installation/installation.ts';
import { unknownPlaceholders } from '../../../../core/registration/placeholders.ts';
import { checkRegistration } from '../../../../core/installation/readFiles.ts';
import type { AnsibleConsumer } from '../../../../core/consumers/ansible/schema.ts';
import { resolveNames } from '../../../../core/names/names.ts';
import { caseInstallation, zotRegistration } from '../../../fixtures/zot.ts';

function setUp(change: object = {}) {
  const consumers = [{ ...zotRegistration.spec.consumers[0], ...change }];
  const registration = checkRegistration({ ...zotRegistration, spec: { ...zotRegistration.spec, consumers } }, 'test');
  const installation = installationSchema.parse(caseInstallation);
  const [consumer] = registration.spec.consumers as [AnsibleConsumer];
  return { registration, installation, consumer, names: resolveNames(registration, installation) };
}

describe('what an Ansible consumer is called', () => {
  it('follows from role and client', () => {
    const { registration, installation, consumer, names } = setUp();
    expect(ansiblePaths(consumer)).toEqual({
      template: 'ansible/roles/zot/templates/oidc-credentials.json.j2',
      tasks: 'ansible/roles/zot/tasks/main.yml',
      defaults: 'ansible/roles/zot/defaults/main.yml',
      playbook: 'ansible/playbooks/indri.yml',
    });
    expect(preTasksOf(consumer, registration, installation, names)).toEqual({
      role: 'zot',
      comment: 'Zot OIDC client secret',
      what: 'zot OIDC client secret',
      reference: 'op://vaultaaaaaaaaaaaaaaaaaaaaa/itemaaaaaaaaaaaaaaaaaaaaaa/zot-client-secret',
      readCommand: 'op read "op://vaultaaaaaaaaaaaaaaaaaaaaa/itemaaaaaaaaaaaaaaaaaaaaaa/zot-client-secret"',
      register: '_zot_oidc_client_secret',
      fact: 'zot_oidc_client_secret',
      tags: ['zot'],
    });
    expect(roleTaskOf(consumer, registration)).toEqual({
      task: 'Deploy zot OIDC credentials',
      template: 'oidc-credentials.json.j2',
      dest: '{{ zot_config_dir }}/oidc-credentials.json',
      mode: '0600',
      owner: undefined,
      group: undefined,
      notify: 'Restart zot',
      whenFact: 'zot_oidc_client_secret',
      place: { after: 'Deploy zot config' },
    });
  });

  it('is as the registration says where it says so', () => {
    const own = { comment: 'Ours', fact: 'mine', register: 'out', task: 'Write it', guard: 'default', owner: 'zot' };
    const { registration, installation, consumer, names } = setUp(own);
    expect(preTasksOf(consumer, registration, installation, names)).toMatchObject({
      comment: 'Ours',
      fact: 'mine',
      register: 'out',
    });
    expect(roleTaskOf(consumer, registration)).toMatchObject({ task: 'Write it', whenFact: undefined, owner: 'zot' });
  });

  it.each([
    ['my-role', 'my_role_oidc_client_secret'],
    ['7zip', '_7zip_oidc_client_secret'],
  ])('is a variable that Ansible takes for role %s', (role, fact) => {
    expect(factOf(setUp({ role }).consumer)).toBe(fact);
  });

  it('tells the roles apart that get one secret', () => {
    const { registration, installation, consumer, names } = setUp({ role: 'mirror' });
    expect(preTasksOf(consumer, registration, installation, names).what).toBe('zot OIDC client secret for role mirror');
  });
});

describe('credentialsTemplate', () => {
  const render = (text: string): string => {
    const { consumer, names } = setUp({ template: { name: 'a.j2', text } });
    return credentialsTemplate(consumer, names);
  };

  it('puts names in and leaves the secret an expression, so that none enters Git', () => {
    expect(render('{"clientid": "<<clientId>>", "clientsecret": "<<clientSecret>>"}')).toBe(
      '{"clientid": "zot", "clientsecret": "{{ zot_oidc_client_secret }}"}\n',
    );
    expect(render('ID=<<clientId>>\nSECRET=<<clientSecret>>\nISSUER=<<issuer>>\n')).toBe(
      'ID=zot\nSECRET={{ zot_oidc_client_secret }}\nISSUER=http://127.0.0.1:9000/application/o/zot/\n',
    );
  });

  it('takes a client id as text, whatever signs it holds', () => {
    const { consumer, names } = setUp({ template: { name: 'a.j2', text: '<<clientId>> <<clientSecret>>' } });
    expect(credentialsTemplate(consumer, { ...names, clientId: "$& $' <<issuer>>" })).toBe(
      "$& $' <<issuer>> {{ zot_oidc_client_secret }}\n",
    );
  });

  it('leaves what looks alike alone', () => {
    expect(render('<<clientSecret>> cat <<EOF\nx: <<: *y\n')).toBe(
      '{{ zot_oidc_client_secret }} cat <<EOF\nx: <<: *y\n',
    );
  });
});

describe('unknownPlaceholders', () => {
  it('names each misspelt variable once', () => {
    const text = '<<clientID>> <<clientId>> <<clientID>> <<client_secret>> <<issuer>> <<EOF';
    expect(unknownPlaceholders(text, ['clientId', 'clientSecret', 'issuer'])).toEqual(['clientID', 'client_secret']);
  });
});
