import { LONG } from './long.ts';
import { describeTransformed } from './transformedLife.ts';

describeTransformed({}, LONG);
