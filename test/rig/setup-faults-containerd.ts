import { setUpFaults } from './setup-faults.ts';

export default setUpFaults('containerd');
