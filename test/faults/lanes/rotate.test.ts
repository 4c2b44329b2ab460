import { describeStory } from '../lane.ts';

describeStory('rotate');
