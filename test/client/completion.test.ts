import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { sampleLayout } from '../../sandbox/world/layout.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';
import { workingCopy } from '../fixtures/gitApply.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = [process.execPath, path.join(root, 'client/cli.ts')] as const;

/** The sample repository with a further client. */
async function repository(): Promise<string> {
  const { files, installation } = await sampleLayout('manual');
  const photos = stringify(clientNamed('photos'));
  return workingCopy({ ...files, 'registrar.yaml': stringify(installation), 'oidc-clients/photos.yaml': photos });
}

/** What is offered for the last of these words, in a folder. */
async function offered(repo: string, ...words: readonly string[]): Promise<readonly string[]> {
  const [node, ...args] = program;
  const { stdout } = await execa(node, [...args, 'complete', '--', ...words], { cwd: repo });
  return stdout.split('\n').map((line) => line.split('\t')[0] ?? '');
}

describe('a shell is offered', () => {
  it('commands, the options of one, and those of all', async () => {
    expect(await offered('.', 'r')).toEqual(['register', 'rotate', 'ready', 'repair', ':4']);
    expect(await offered('.', 'register', '--t')).toEqual(['--take-back', '--timeout', ':4']);
    expect(await offered('.', 'schedule', 'd')).toContain('delete');
  });

  it('clients of the working copy: those with a registration, and for an import those without', async () => {
    const repo = await repository();
    expect(await offered(repo, 'rotate', '')).toEqual(['photos', 'status-page', 'zot', ':4']);
    expect(await offered(repo, 'schedule', 'pause', 'z')).toEqual(['zot', ':4']);
    expect(await offered(repo, 'import', '')).toEqual(['wiki', ':4']);
    expect(await offered(repo, 'import', '--repo', '/nowhere', '')).toEqual([':4']);
  });

  it('its own files where an option takes one', async () => {
    expect(await offered('.', 'plan', '--file', '')).toEqual([':0']);
  });
});

it('the script of bash completes a client, and files after --file', async () => {
  const [bin, repo] = [await temporaryFolder(), await repository()];
  await writeFile(path.join(bin, 'oidc-registrar'), `#!/bin/sh\nexec ${program.join(' ')} "$@"\n`);
  await chmod(path.join(bin, 'oidc-registrar'), 0o755);
  // As the package bash-completion splits the line.
  const line = `_get_comp_words_by_ref() { cur="\${COMP_WORDS[COMP_CWORD]}"; words=("\${COMP_WORDS[@]}"); }
    compopt() { echo "compopt $*"; }
    source <(oidc-registrar completion bash)
    ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); __oidc_registrar_complete; echo "\${COMPREPLY[*]}"; }
    ask oidc-registrar rotate ph; ask oidc-registrar plan --file ''; complete -p oidc-registrar`;
  const PATH = `${bin}${path.delimiter}${process.env['PATH'] ?? ''}`;
  const { stdout } = await execa('bash', ['--norc', '-c', line], { cwd: repo, env: { PATH } });
  expect(stdout.split('\n')).toEqual([
    'compopt +o default',
    'photos',
    '',
    'complete -o default -F __oidc_registrar_complete oidc-registrar',
  ]);
});

it.each(['zsh', 'fish'])('there is a script of %s, which asks the same', async (shell) => {
  const [node, ...args] = program;
  const { stdout } = await execa(node, [...args, 'completion', shell]);
  expect(stdout).toContain('oidc-registrar complete --');
});
