import { setUpEngine } from './setup-engine.ts';

export default setUpEngine('containerd');
