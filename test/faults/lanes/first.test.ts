import { describeInstallation } from '../lane.ts';

describeInstallation('first');
