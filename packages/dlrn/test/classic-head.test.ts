import { testClient } from './client-suite.ts';
import { startLab } from './lab.ts';

testClient('classic', () => startLab('classic', 'H'));
