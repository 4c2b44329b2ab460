import { describeInstallation } from '../lane.ts';

describeInstallation('firstByPullRequest');
