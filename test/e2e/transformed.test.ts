import { describeTransformed } from './transformedLife.ts';

describeTransformed({});
