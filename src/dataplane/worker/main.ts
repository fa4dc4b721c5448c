import { createProxy } from '../proxy/proxy.ts';
import { runWorker } from './run.ts';

runWorker(createProxy);
