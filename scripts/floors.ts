import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The rooms of each layer from the ground up: a room imports from those before it, and from none after it. A file may stand on a floor
 * of its own, and `*` is any folder. What a layer may import of other layers is the linter's business, and so are circles of files.
 */
export const FLOORS: Readonly<Record<string, readonly string[]>> = {
  core: [
    'masking',
    'base',
    'registration/placeholders.ts',
    'registration/schemaParts.ts',
    'consumers/consumerSchema.ts',
    'consumers/*/schema.ts',
    'consumers/*/rules.ts',
    'consumers/schemas.ts',
    'authentik/secretDialects.ts',
    'edits/blueprint/models.ts',
    'edits/blueprint/scopeMappings.ts',
    'registration',
    'vault',
    'edits/yaml',
    'installation',
    'names',
    'kubernetes',
    'authentik',
    'edits/ansible',
    'edits/kubernetes',
    'edits/blueprint',
    'changes/entry.ts',
    'changes/fileEdit.ts',
    'policy/breach.ts',
    'policy/expressions.ts',
    'policy/pattern.ts',
    'consumers',
    'changes',
    'policy',
    'run',
    'import',
    'plan',
    'check',
    'doctor',
  ],
  activities: [
    'deps.ts',
    'kit',
    'state',
    'branch',
    'deploy',
    'waits',
    'consumers',
    'authentik',
    'preflight',
    'doctor',
    'register',
    'check',
    'deregister',
    'rotate',
    'createActivities.ts',
  ],
  workflows: ['kit', 'rotate', 'register', 'deregister', 'check', 'plan', 'doctor', 'index.ts', 'versioned.ts'],
  sandbox: [
    'faults',
    'kit',
    'git',
    'authentik',
    'consumers',
    'forge',
    'onepassword',
    'temporal',
    'kubernetes',
    'helm',
    'argocd',
    'flux',
    'externalSecrets',
    'world',
    'commands',
  ],
};

/** Rooms whose files are steps of a run, or looks of a check: nothing imports them but the list of activities. */
const STEPS: ReadonlySet<string> = new Set(['doctor', 'register', 'check', 'deregister', 'rotate']);

/** An import from one room of a layer into another. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly runsUp: boolean;
}

const root = fileURLToPath(new URL('../', import.meta.url));

/** All imports between the rooms of a layer. Throws where a file is in no room of {@link FLOORS}. */
export function arrowsOf(layer: string): readonly Arrow[] {
  const files = readdirSync(path.join(root, layer), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.ts')).flatMap((file) => arrowsFrom(layer, file));
}

function arrowsFrom(layer: string, file: string): readonly Arrow[] {
  const text = readFileSync(path.join(root, layer, file), 'utf8');
  const from = floorOf(layer, file);
  return Array.from(text.matchAll(/\bfrom '(\.[^']+)'/g), ([, specifier = '']) => {
    const target = path.posix.join(path.posix.dirname(file), specifier);
    return { target, to: target.startsWith('../') ? from : floorOf(layer, target) };
  })
    .filter(({ to }) => to !== from)
    .map(({ target, to }) => ({ from: file, to: target, runsUp: to > from || isStep(layer, file, target) }));
}

function floorOf(layer: string, file: string): number {
  const floor = (FLOORS[layer] ?? []).findIndex((room) => new RegExp(`^${room.replace('*', '[^/]+')}(/|$)`).test(file));
  if (floor === -1) throw new Error(`${layer}/${file} is in no room: name its room in scripts/floors.ts`);
  return floor;
}

/** Of the activities, a step that another room takes for a library. */
function isStep(layer: string, from: string, to: string): boolean {
  return layer === 'activities' && STEPS.has(to.split('/', 1)[0] ?? '') && from !== 'createActivities.ts';
}
