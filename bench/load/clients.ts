import type { RegistrationInput } from '../../core/registration.ts';

/**
 * So many clients for the sample layout `auto`, whose changes meet in every file: each adds to the ExternalSecret, the
 * ConfigMap, the Deployment, and to the same role and playbook.
 */
export function manyClients(count: number): readonly RegistrationInput[] {
  return Array.from({ length: count }, (_, i) => client(`tenant-${String(i + 1).padStart(2, '0')}`));
}

function client(name: string): RegistrationInput {
  return {
    apiVersion: 'oidc-registrar/v1',
    kind: 'OidcClient',
    metadata: { name },
    spec: {
      displayName: `Client ${name}`,
      redirectUris: [`https://${name}.meadow.example/callback`],
      access: { groups: ['engineers'] },
      groups: [{ name: `${name}-bots`, serviceAccounts: [{ username: `svc-${name}` }] }],
      consumers: [
        {
          kind: 'ansible',
          role: 'registry',
          rolesPath: 'deploy/roles',
          playbook: 'deploy/site.yml',
          tags: ['registry'],
          template: { name: `${name}.json.j2`, text: '{"id": "<<clientId>>", "secret": "<<clientSecret>>"}\n' },
          dest: `/etc/zot/${name}.json`,
          fact: `${name.replaceAll('-', '_')}_secret`,
          notify: 'restart registry',
        },
      ],
    },
  };
}
