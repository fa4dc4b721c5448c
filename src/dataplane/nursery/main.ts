import { runNursery } from './run.ts';

runNursery();
