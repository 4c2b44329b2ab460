import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What stands in a clone that was built, and whether the package has it. */
const FILES: Readonly<Record<string, boolean>> = {
  'dist/client/cli.js': true,
  'dist/client/cli.js.map': false,
  'dist/worker/main.js': true,
  'dist/workflow-bundle.js': true,
  'dist/deploy/rbac.yaml': true,
  'dist/sandbox/commands/index.js': false,
  'dist/sandbox/sample/manual/README.md': false,
  'docs/how-to/register.md': true,
  'deploy/kubernetes/deployment.yaml': true,
  'schemas/Installation.json': true,
  'registrar.example.yaml': true,
  LICENSE: true,
  'README.md': true,
  'client/cli.ts': false,
  'sandbox/package.json': false,
  'test/quiet.ts': false,
  'scripts/run.js': false,
  'registrar.yaml': false,
  'secrets/authentik_token': false,
  '.env': false,
  '.cache/sandbox.json': false,
};

it('the package holds what is built and what its messages name, and neither tests, sandbox, sources nor secrets', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'oidc-registrar-pack-'));
  try {
    cpSync(path.join(root, 'package.json'), path.join(dir, 'package.json'));
    for (const file of Object.keys(FILES)) {
      mkdirSync(path.join(dir, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(dir, file), file === 'sandbox/package.json' ? '{"name":"x","version":"0.1.0"}' : '');
    }
    const said = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: dir,
      encoding: 'utf8',
    });
    const [packed] = JSON.parse(said) as readonly { readonly files: readonly { readonly path: string }[] }[];
    const expected = Object.keys(FILES).filter((file) => FILES[file]);
    expect(packed?.files.map((file) => file.path).toSorted()).toEqual([...expected, 'package.json'].toSorted());
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
