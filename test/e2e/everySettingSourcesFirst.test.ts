import { describeLife } from './deployers/life.ts';
import { longLives } from './deployers/lives.ts';

for (const life of longLives('SourcesFirst')) await describeLife(life);
