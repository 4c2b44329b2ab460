import { describeStory } from '../lane.ts';

describeStory('deregister');
