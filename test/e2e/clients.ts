import type { RegistrationInput } from '../../core/registration.ts';

/** A client of its own for the manual sample layout: every name differs from those of other clients. */
export function clientNamed(name: string): RegistrationInput {
  const word = name.replaceAll('-', '_');
  return {
    apiVersion: 'oidc-registrar/v1',
    kind: 'OidcClient',
    metadata: { name },
    spec: {
      displayName: `Client ${name}`,
      redirectUris: [`https://${name}.orchard.example/callback`],
      access: { groups: ['gardeners'] },
      groups: [{ name: `${name}-bots`, serviceAccounts: [{ username: `svc-${name}` }] }],
      consumers: [
        {
          kind: 'ansible',
          role: 'zot',
          rolesPath: 'roles',
          playbook: 'hosts/attic.yml',
          tags: ['zot'],
          template: { name: `${name}.json.j2`, text: '{"id": "<<clientId>>", "secret": "<<clientSecret>>"}\n' },
          dest: `/etc/zot/${name}.json`,
          fact: `${word}_secret`,
          notify: 'Restart zot',
        },
      ],
    },
  };
}
