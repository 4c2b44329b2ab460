import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { findTemporalCli } from '../sandbox/temporal/temporalProgram.ts';
import { LOOKS } from './histories/looks.ts';
import { Recorder } from './histories/recorder.ts';
import { REGISTRATIONS } from './histories/registrations.ts';
import { REMOVALS } from './histories/removals.ts';
import { ROTATIONS } from './histories/rotations.ts';

// Records runs as they are today, for the replay test of tomorrow: `npm run histories`, once a released version; with names of
// stories, those alone. A history is a promise to runs that may be open, so a file that is there is never written over: what is
// recorded again goes beside it, under the next free number.

const packageJson = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const target = fileURLToPath(new URL(`../test/histories/${packageJson.version}/`, import.meta.url));
const cacheDir = fileURLToPath(new URL('../.cache/', import.meta.url));
const cli = await findTemporalCli({ cacheDir, log: console.error });

const only = process.argv.slice(2);
const stories = [...REGISTRATIONS, ...ROTATIONS, ...REMOVALS, ...LOOKS];
const known = stories.flatMap(({ names }) => names);
const unknown = only.filter((name) => !known.includes(name));
if (unknown.length > 0) throw new Error(`no such story: ${unknown.join(', ')}; there are ${known.join(', ')}`);

await mkdir(target, { recursive: true });
for (const { names, setting, tell } of stories) {
  if (only.length > 0 && !names.some((name) => only.includes(name))) continue;
  const texts = await Recorder.during(cli, setting, async (bed) => {
    const handles = await tell(bed);
    return Promise.all(handles.map((handle) => bed.history(handle)));
  });
  for (const [i, text] of texts.entries()) await save(names[i] ?? '', text);
}
process.exit();

async function save(name: string, text: string): Promise<void> {
  const taken = await readdir(target);
  for (let number = 1; ; number += 1) {
    const file = number === 1 ? `${name}.json` : `${name}.${number}.json`;
    if (taken.includes(file)) continue;
    await writeFile(`${target}${file}`, `${text}\n`, { flag: 'wx' });
    console.log(file);
    return;
  }
}
