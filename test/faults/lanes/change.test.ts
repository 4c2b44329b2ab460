import { describeStory } from '../lane.ts';

describeStory('change');
