import { LONG } from './long.ts';
import { describeSeveralSources } from './severalSourcesLife.ts';

await describeSeveralSources({}, LONG ? 'all' : 'ci');
