import { describeZombies } from './zombieRows.ts';
import { goesBack } from './zombieStories.ts';

describeZombies((story) => !goesBack(story));
