import { describeLife } from './deployers/life.ts';
import { SHORT_LIVES } from './deployers/lives.ts';

// Whoever deploys, every job ends well or leaves everything as it was (docs/reference/deployers.md).
for (const life of SHORT_LIVES) await describeLife(life);
