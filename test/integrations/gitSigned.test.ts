import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { plainGit, testRepository } from '../fixtures/gitops.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';

const installed = await execa('ssh-keygen', ['-?'], { reject: false }).then(({ exitCode }) => exitCode !== undefined);

test.runIf(installed)('commits are signed as the configuration of the user says, and the signature holds', async () => {
  const dir = await temporaryFolder();
  const key = path.join(dir, 'key');
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'registrar', '-f', key]);
  const [type = '', text = ''] = (await execa('cat', [`${key}.pub`])).stdout.split(' ');
  const signers = path.join(dir, 'signers');
  await writeFile(signers, `registrar@example.test ${type} ${text}\n`);
  const config = path.join(dir, 'config');
  await writeFile(
    config,
    `[user]\n\tsigningKey = ${key}.pub\n[commit]\n\tgpgSign = true\n[gpg]\n\tformat = ssh\n[gpg "ssh"]\n\tallowedSignersFile = ${signers}\n`,
  );
  const before = process.env['GIT_CONFIG_GLOBAL'];
  process.env['GIT_CONFIG_GLOBAL'] = config;
  onTestFinished(() => {
    if (before === undefined) delete process.env['GIT_CONFIG_GLOBAL'];
    else process.env['GIT_CONFIG_GLOBAL'] = before;
  });
  const { git, server } = await testRepository({ 'a.txt': 'a\n' });
  const base = await server.head();

  const commit = await git.commit({
    parent: base,
    changes: [{ path: 'a.txt', text: 'b\n' }],
    subject: 'Signed',
    trailers: { 'Registrar-Change': 'change-1' },
  });
  await git.push({ commit, branch: 'main', expected: base });

  expect(await plainGit(server.dir, 'cat-file', 'commit', commit)).toContain('-----BEGIN SSH SIGNATURE-----');
  const env = { GIT_CONFIG_GLOBAL: config };
  const verified = await execa('git', ['-C', server.dir, 'verify-commit', commit], { env, reject: false });
  expect(verified.exitCode, verified.stderr).toBe(0);
  expect((await git.log(base, commit))[0]?.trailers['Registrar-Change']).toBe('change-1');
});
