import type { Installation } from '../../core/installation/installation.ts';
import { vaultToken } from '../../core/vault/vaults.ts';

/** The variables of worker and command line that no repository tells, each with what it is for; no value of a secret. */
export function envExample(installation: Installation): string {
  const { gitops, authentik, clusters } = installation;
  const { variable, of } = vaultToken(installation);
  const isHttps = /^https?:/i.test(gitops.remote);
  const kubeconfigs = Object.entries(clusters).flatMap(([name, { kubeconfig }]) =>
    kubeconfig === undefined ? [] : [`# Cluster ${name}: ${kubeconfig} (registrar.yaml, clusters).`],
  );
  const lines = [
    '# What the worker of oidc-registrar reads from its environment. docs/reference/environment.md has every variable. Name files, and',
    '# put the secrets there: a variable of the same name without _FILE would hold the secret itself.',
    '',
    '# The absolute path of registrar.yaml: npm runs worker and command line in their clone.',
    'REGISTRAR_CONFIG=',
    '',
    '# Where Temporal is; the command line reads these too.',
    'TEMPORAL_ADDRESS=',
    '# TEMPORAL_NAMESPACE=default',
    '',
    `# Token for ${of}.`,
    `${variable}_FILE=`,
    '',
    `# Token for Authentik's API at ${authentik.url}: authentik-role.yaml beside this file makes the account that it is of.`,
    'AUTHENTIK_TOKEN_FILE=',
    '',
    ...(isHttps
      ? [`# Token that may read and push ${gitops.remote}.`, 'GITOPS_TOKEN_FILE=']
      : [
          '# The repository is reached by SSH, with the keys of the user that the worker runs as; another key:',
          '# GIT_SSH_COMMAND="ssh -i …"',
        ]),
    ...(gitops.landBy === 'pullRequest' ? ['# Token with which pull requests are opened.', '# FORGE_TOKEN_FILE='] : []),
    '',
    ...(kubeconfigs.length === 0
      ? ['# Without it ~/.kube/config, or the account of the pod.', '# KUBECONFIG=']
      : kubeconfigs),
    '',
  ];
  return lines.join('\n');
}
