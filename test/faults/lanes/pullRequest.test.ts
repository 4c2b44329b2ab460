import { describeInstallation } from '../lane.ts';

describeInstallation('pullRequest');
