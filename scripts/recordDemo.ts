import { mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { frame, type Played } from './recording/frame.ts';

/**
 * Plays `npm run demo -- --fail verifyRegistration` in a terminal and draws it, as it came, into docs/images/demo.svg: what people see,
 * only with its pauses cut short. Needs `script` (util-linux); svg-term-cli, which draws, is installed once into `.cache`.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const cache = path.join(root, '.cache', 'recording');
const image = path.join(root, 'docs', 'images', 'demo.svg');
const COMMAND = 'npm run --silent demo -- --fail verifyRegistration';
const SHOWN_COMMAND = 'npm run demo -- --fail verifyRegistration';
const WIDTH = 118;
const HEIGHT = 38;

async function play(): Promise<readonly Played[]> {
  const inTerminal = `stty cols ${WIDTH} rows ${HEIGHT}; ${COMMAND}`;
  const run = execa('script', ['-qfec', inTerminal, '/dev/null'], { cwd: root, reject: false, stdin: 'pipe' });
  const played: Played[] = [];
  const began = Date.now();
  run.stdout.setEncoding('utf8');
  run.stdout.on('data', (text: string) => {
    played.push({ atMs: Date.now() - began, text });
    // As a person ends it who has seen enough.
    if (text.includes('until Ctrl-C')) run.stdin.end('\u0003');
  });
  await run;
  return played;
}

await mkdir(cache, { recursive: true });
const cast = path.join(cache, 'demo.cast');
const header = { version: 2, width: WIDTH, height: HEIGHT };
const lines = frame(SHOWN_COMMAND, await play()).map(({ atMs, text }) => [atMs / 1_000, 'o', text]);
await writeFile(cast, [header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join(''));

await execa('npm', ['install', '--no-save', '--loglevel=error', '--prefix', cache, 'svg-term-cli@2.1.1']);
await execa(path.join(cache, 'node_modules', '.bin', 'svg-term'), [
  '--in',
  cast,
  '--out',
  image,
  '--window',
  '--no-cursor',
]);
process.stdout.write(`${image}: ${(await stat(image)).size} bytes\n`);
