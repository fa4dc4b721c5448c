import { runResolver } from './run.ts';

runResolver();
