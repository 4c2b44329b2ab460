import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

/**
 * Builds the site of the documents into `.cache/site/html`: the README as its first page, and all pages below `docs/` in the order of
 * docs/README.md. Fails at a link or an anchor that leads nowhere. Python's programs for it are installed once, beside it.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const cache = path.join(root, '.cache', 'site');
const pages = path.join(cache, 'pages');

/** What the pages lead to, as it lies in the repository. */
const SHOWN = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'LICENSE',
  'Dockerfile',
  'docker-compose.yml',
  'registrar.example.yaml',
  'docs',
  'deploy',
  'schemas',
];

await rm(pages, { recursive: true, force: true });
await mkdir(pages, { recursive: true });
for (const each of SHOWN) await cp(path.join(root, each), path.join(pages, each), { recursive: true });
const settings = await readFile(path.join(root, 'scripts/site/mkdocs.yml'), 'utf8');
const index = await readFile(path.join(root, 'docs/README.md'), 'utf8');
await writeFile(path.join(cache, 'mkdocs.yml'), `${settings}nav: ${JSON.stringify(navigation(index))}\n`);

const python = await installed();
if (python === undefined) {
  process.stderr.write('The site is left out: its programs could not be installed from PyPI.\n');
} else {
  // Not --quiet: of warnings that are not told mkdocs counts none, and ends well.
  const env = { NO_MKDOCS_2_WARNING: '1' };
  const built = await execa(python, ['-m', 'mkdocs', 'build', '--strict'], {
    cwd: cache,
    env,
    all: true,
    reject: false,
  });
  if (built.failed) {
    process.stderr.write(`${built.all}\n`);
    process.exit(1);
  }
  process.stdout.write(`The site is built: ${path.join(cache, 'html', 'index.html')}\n`);
}

/** The sections of docs/README.md with the pages that each of their lists leads to. */
function navigation(text: string): readonly object[] {
  const [, ...sections] = text.split(/^## /m);
  const entries = sections.map((section) => {
    const [title = ''] = section.split('\n');
    const links = [...section.matchAll(/\[([^\]]+)\]\(([^)#\s]+\.md)\)/g)];
    return {
      [title]: links.map(([, label = '', page = '']) => ({
        [capitalised(label)]: path.posix.join('docs', page),
      })),
    };
  });
  const further = ['CHANGELOG.md', 'CONTRIBUTING.md'].map((page) => ({
    [capitalised(page.slice(0, -3).toLowerCase())]: page,
  }));
  return [{ Home: 'README.md' }, { Documentation: ['docs/README.md', ...entries] }, { Project: further }];
}

function capitalised(label: string): string {
  const line = label.replaceAll(/\s+/g, ' ');
  return `${line.charAt(0).toUpperCase()}${line.slice(1)}`;
}

/** Python with the programs of this requirements.txt; undefined where they cannot be had. */
async function installed(): Promise<string | undefined> {
  const requirements = path.join(root, 'scripts/site/requirements.txt');
  const folder = path.join(cache, 'python');
  const python = path.join(folder, 'bin', 'python');
  const stamp = path.join(folder, 'requirements.txt');
  const wanted = await readFile(requirements, 'utf8');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return python;
  const made = await execa('python3', ['-m', 'venv', '--clear', folder], { reject: false });
  const quick = ['--quiet', '--disable-pip-version-check', '--retries', '1', '--timeout', '15'];
  const pip = ['-m', 'pip', 'install', ...quick, '-r', requirements];
  if (made.failed || (await execa(python, pip, { reject: false, stderr: 'inherit' })).failed) return undefined;
  await writeFile(stamp, wanted);
  return python;
}
