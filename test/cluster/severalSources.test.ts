import { describe } from 'vitest';
import { readTree } from '../../sandbox/world/layout.ts';
import { describeSeveralSources } from '../e2e/severalSourcesLife.ts';
import { REAL } from './backends.ts';
import { findTools, hasHelm } from './tools.ts';

const tools = findTools();

const charts = await readTree(new URL('charts/', import.meta.url).pathname);

// On the stand-ins they run with the end-to-end tests. Argo CD's repository server calls Helm's own program.
describe.skipIf(typeof tools === 'string' || !hasHelm(tools))('on real clusters,', async () => {
  await describeSeveralSources(REAL?.options ?? {}, 'real', charts);
});
