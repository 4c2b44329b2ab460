import { describeInstallation } from '../lane.ts';

describeInstallation('flux');
