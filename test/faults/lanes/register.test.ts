import { describeStory } from '../lane.ts';

describeStory('register');
