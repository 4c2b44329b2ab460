import { describeLife } from './deployers/life.ts';
import { longLives } from './deployers/lives.ts';

for (const life of longLives('ArgocdLast')) await describeLife(life);
